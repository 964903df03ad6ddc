package audit

import (
	"testing"
	"time"

	"sallyport/internal/secret"
)

// ASVS 16.4.2: whatever is changed in a row afterwards is noticed.
func TestChangedRowIsNotGenuine(t *testing.T) {
	keys := secret.NewKeys()
	row := Row{ID: "1", At: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC), Type: SignedIn, AccountID: "a", JourneyID: "j",
		Address: "127.0.0.1", Detail: map[string]string{"method": "phone", "acr": "2step"}}
	row.Sign(keys)
	if !row.Genuine(keys, row.DetailText()) {
		t.Fatal("an unchanged row is not genuine")
	}
	for name, change := range map[string]func(*Row){
		"id": func(r *Row) { r.ID = "2" }, "time": func(r *Row) { r.At = r.At.Add(time.Microsecond) },
		"type": func(r *Row) { r.Type = SignedOut }, "account": func(r *Row) { r.AccountID = "b" },
		"journey": func(r *Row) { r.JourneyID = "k" }, "address": func(r *Row) { r.Address = "192.0.2.1" },
		"mac": func(r *Row) { r.MAC = append([]byte{1}, r.MAC[1:]...) },
	} {
		changed := row
		change(&changed)
		if changed.Genuine(keys, row.DetailText()) {
			t.Errorf("%s was changed and it still is genuine", name)
		}
	}
	if row.Genuine(keys, `{"method":"email"}`) || row.Genuine(secret.NewKeys(), row.DetailText()) {
		t.Error("another detail or another key is genuine")
	}
	if (&Row{}).DetailText() != "{}" {
		t.Error("no detail is not an empty object")
	}
}
