package account

import (
	"slices"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// Region returns the region (ISO 3166) of an E.164 number, or "" where there is none.
func Region(e164 string) string {
	if reserved(e164) {
		return "US"
	}
	number, err := phonenumbers.Parse(e164, "ZZ")
	if err != nil {
		return ""
	}
	return phonenumbers.GetRegionCodeForNumber(number)
}

// InCountry tells whether a number may be called or sent texts where these countries are
// allowed: one that was enrolled earlier may not be any more.
func InCountry(e164 string, allowed []string) bool {
	return slices.Contains(Territories(allowed), Region(e164))
}

// PhoneAged tells that the telephone on record was not proven for so long that it may be
// somebody else's by now: numbers are given out again (T-27).
func (a *Account) PhoneAged(now time.Time, after time.Duration) bool {
	last := a.PhoneProvenAt
	if a.RegisteredAt.After(last) {
		last = a.RegisteredAt
	}
	return a.Phone != "" && !last.IsZero() && now.Sub(last) >= after
}

// Range is the block of ten thousand numbers that a number is one of, as they are mostly
// given out and bought together: all but its last four digits.
func Range(e164 string) string { return e164[:max(0, len(e164)-4)] }
