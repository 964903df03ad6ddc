package audit

import (
	"testing"
	"time"

	"sallyport/internal/secret"
)

// ASVS 16.4.2: whatever is changed in a row afterwards is noticed.
func TestChangedRowIsNotGenuine(t *testing.T) {
	keys := secret.NewKeys()
	at := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	row := Row{ID: secret.TimeID(at), At: at, Type: SignedIn, AccountID: "a", JourneyID: "j",
		Address: "127.0.0.1", Detail: map[string]string{"method": "phone", "acr": "2step"}}
	row.Sign(keys)
	if !row.Genuine(keys, row.DetailText()) {
		t.Fatal("an unchanged row is not genuine")
	}
	for name, change := range map[string]func(*Row){
		"id": func(r *Row) { r.ID = secret.TimeID(at) }, "time": func(r *Row) { r.At = r.At.Add(time.Microsecond) },
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
	late := row
	late.At = at.Add(time.Millisecond)
	late.Sign(keys)
	if late.Genuine(keys, late.DetailText()) {
		t.Error("a row whose time is not the one in its ID is genuine")
	}
	if (&Row{}).DetailText() != "{}" {
		t.Error("no detail is not an empty object")
	}
}

// H4: only our mark, on the row and the leaf that it was made for, tells of a pruned row.
func TestPrunedMark(t *testing.T) {
	keys := secret.NewKeys()
	at := time.Date(2020, 11, 21, 8, 0, 0, 0, time.UTC)
	before := at.Add(time.Hour)
	row := Row{ID: secret.TimeID(at), At: at, Type: SignedIn}
	row.Sign(keys)
	if _, ours := row.PrunedBefore(keys, 7); ours {
		t.Error("the MAC of a row with text is a mark")
	}
	row.MarkPruned(keys, 7, before)
	if got, ours := row.PrunedBefore(keys, 7); !ours || !got.Equal(before) {
		t.Errorf("%v, %v", got, ours)
	}
	if row.Genuine(keys, "") || row.Genuine(keys, "{}") {
		t.Error("a mark is the MAC of a row with text")
	}
	for name, change := range map[string]func(*Row){
		"id": func(r *Row) { r.ID = secret.TimeID(at) }, "time": func(r *Row) { r.At = at.Add(time.Microsecond) }, "type": func(r *Row) { r.Type = SignedOut },
		"both times":  func(r *Row) { r.At = r.At.Add(-time.Hour); r.ID = secret.TimeID(r.At) },
		"the cutoff":  func(r *Row) { r.MAC = append(append([]byte{}, r.MAC[:39]...), r.MAC[39]+1) },
		"short":       func(r *Row) { r.MAC = r.MAC[:5] },
		"nothing":     func(r *Row) { r.MAC = nil },
		"another key": func(r *Row) { r.MarkPruned(secret.NewKeys(), 7, before) },
	} {
		changed := row
		change(&changed)
		if _, ours := changed.PrunedBefore(keys, 7); ours {
			t.Errorf("%s was changed, and the mark is still ours", name)
		}
	}
	if _, ours := row.PrunedBefore(keys, 8); ours {
		t.Error("the mark holds for another leaf")
	}
}
