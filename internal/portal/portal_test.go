package portal

import (
	"testing"
	"time"
)

var (
	t0    = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	lives = Lives{Idle: 15 * time.Minute, Whole: 12 * time.Hour}
)

// TM-17, TM-18.
func TestLeft(t *testing.T) {
	s := &Session{LastSeenAt: t0, RefreshedAt: t0, ExpiresAt: t0.Add(lives.Whole)}
	late := &Session{LastSeenAt: t0.Add(12*time.Hour - time.Minute), ExpiresAt: t0.Add(lives.Whole)}
	var none *Session
	for name, tc := range map[string]struct {
		s    *Session
		at   time.Duration
		want time.Duration
	}{
		"new":                {s, 0, 15 * time.Minute},
		"a second before":    {s, 15*time.Minute - time.Second, time.Second},
		"idle":               {s, 15 * time.Minute, 0},
		"long idle":          {s, time.Hour, 0},
		"near its whole end": {late, 12*time.Hour - 30*time.Second, 30 * time.Second},
		"after it":           {late, 12*time.Hour + time.Second, 0},
		"none":               {none, 0, 0},
	} {
		if got := tc.s.Left(t0.Add(tc.at), lives); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if s.Stale(t0.Add(59*time.Second)) || !s.Stale(t0.Add(time.Minute)) || s.RefreshDue(t0.Add(5*time.Minute-1)) || !s.RefreshDue(t0.Add(5*time.Minute)) {
		t.Error("written or asked too often, or too seldom")
	}
}

func TestReadPerson(t *testing.T) {
	p, err := ReadPerson("s", []byte(`{"sub":"s","name":"Pat Alvarez","urn:sallyport:organization":{"id":"o","name":"Lakeside","npi":"1"},"urn:sallyport:roles":["admin"],"urn:sallyport:registered_at":7}`))
	if err != nil || p.Subject != "s" || p.Name != "Pat Alvarez" || p.OrganizationID != "o" || p.Organization != "Lakeside" || p.NPI != "1" || !p.IsAdmin() {
		t.Errorf("%+v %v", p, err)
	}
	for _, bad := range []string{`{"name":"Nobody"}`, `{`, `{"urn:sallyport:organization":"o"}`} {
		if p, err := ReadPerson("s", []byte(bad)); err == nil {
			t.Errorf("%s: %+v", bad, p)
		}
	}
	if RegisteredAt([]byte(`{"urn:sallyport:registered_at":7}`)) != 7 || RegisteredAt([]byte(`{}`)) != 0 || RegisteredAt([]byte(`x`)) != 0 {
		t.Error("when they registered")
	}
}
