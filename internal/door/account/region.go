package account

import (
	"slices"

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

// Range is the block of ten thousand numbers that a number is one of, as they are mostly
// given out and bought together: all but its last four digits.
func Range(e164 string) string { return e164[:max(0, len(e164)-4)] }
