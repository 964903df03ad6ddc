package account

import (
	"slices"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// PhoneFault says why a telephone number can't be enrolled (product.md 1.2).
type PhoneFault string

const (
	PhoneGood      PhoneFault = ""
	PhoneMissing   PhoneFault = "missing"
	PhoneExtension PhoneFault = "extension" // a direct line is needed
	PhoneMalformed PhoneFault = "malformed" // not ten digits, or not a number there
	PhoneCountry   PhoneFault = "country"   // not among the allowed countries, whatever the prefix looks like
	PhonePremium   PhoneFault = "premium"   // costs whoever calls it
)

// unitedStates is what US means: the states and the territories. The rest of +1
// is other countries (T-11).
var unitedStates = []string{"US", "PR", "VI", "GU", "AS", "MP"}

// ParsePhone reads a number as typed, in a region (ISO 3166) of those allowed,
// and returns it as E.164.
func ParsePhone(region, typed string, allowed []string) (e164 string, fault PhoneFault) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return "", PhoneMissing
	}
	if !slices.Contains(allowed, region) {
		return "", PhoneCountry
	}
	if strings.ContainsFunc(typed, func(r rune) bool { return unicode.IsLetter(r) || r == '#' || r == ';' || r == ',' }) {
		return "", PhoneExtension
	}
	number, err := phonenumbers.Parse(typed, region)
	switch {
	case err != nil:
		return "", PhoneMalformed
	case number.GetExtension() != "":
		return "", PhoneExtension
	}
	e164 = phonenumbers.Format(number, phonenumbers.E164)
	if reserved(e164) {
		return e164, PhoneGood
	}
	if !phonenumbers.IsValidNumber(number) || isService(e164) {
		return "", PhoneMalformed
	}
	switch phonenumbers.GetNumberType(number) {
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.UAN, phonenumbers.VOICEMAIL, phonenumbers.PAGER:
		return "", PhonePremium
	}
	if !slices.Contains(Territories(allowed), phonenumbers.GetRegionCodeForNumber(number)) {
		return "", PhoneCountry
	}
	return e164, PhoneGood
}

// isService: in +1 no area and no exchange ends in 11 (911, 411).
func isService(e164 string) bool {
	return len(e164) == 12 && strings.HasPrefix(e164, "+1") && (e164[3:5] == "11" || e164[6:8] == "11")
}

// reserved: +1 XXX 555-01XX is kept for examples and never rings anybody; demos
// and tests may enrol it, under an area code of the states.
func reserved(e164 string) bool {
	return len(e164) == 12 && strings.HasPrefix(e164, "+1") && e164[5:10] == "55501" && slices.Contains([]string{"202", "212", "312", "415", "617"}, e164[2:5])
}

// Territories are the regions that the allowed countries stand for.
func Territories(allowed []string) (regions []string) {
	for _, region := range allowed {
		if region == "US" {
			regions = append(regions, unitedStates...)
			continue
		}
		regions = append(regions, region)
	}
	return regions
}

// CallingCode returns the country calling code of a region, such as 1.
func CallingCode(region string) int { return phonenumbers.GetCountryCodeForRegion(region) }
