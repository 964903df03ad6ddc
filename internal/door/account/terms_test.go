package account

import (
	"testing"
	"time"
)

func TestMustAgree(t *testing.T) {
	was := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	first, later, none := Terms{Version: "1"}, Terms{Version: "2", Since: was.Add(time.Hour)}, Terms{}
	imported := &Account{CreatedAt: was}
	young := &Account{CreatedAt: was.Add(2 * time.Hour)}
	for name, tc := range map[string]struct {
		terms Terms
		a     *Account
		want  bool
	}{
		"imported under the first":      {first, imported, false},
		"imported before the second":    {later, imported, true},
		"imported under the second":     {later, young, false},
		"agreed to the first":           {later, &Account{Terms: "1"}, true},
		"agreed to the second":          {later, &Account{Terms: "2"}, false},
		"new, agreed to nothing":        {first, &Account{Terms: NoTerms}, true},
		"no terms":                      {none, &Account{Terms: NoTerms}, false},
		"nobody":                        {first, nil, false},
		"went back to an older version": {first, &Account{Terms: "2"}, true},
	} {
		if got := tc.terms.MustAgree(tc.a); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
