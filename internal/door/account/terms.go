package account

import "time"

// NoTerms is in Account.Terms of who has not agreed to any terms of use yet.
const NoTerms = "-"

// Terms are the terms of use in force.
type Terms struct {
	Version string    // empty: there are none
	Since   time.Time // zero for the first ever
}

// MustAgree tells whether the person has to agree before going on: to a version
// that they have not agreed to, and that was not in force already when they were
// imported (product.md 1.2, 1.3).
func (t Terms) MustAgree(a *Account) bool {
	switch {
	case t.Version == "" || a == nil || a.Terms == t.Version:
		return false
	case a.Terms == "":
		return t.Since.After(a.CreatedAt)
	}
	return true
}
