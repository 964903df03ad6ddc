package account

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Profile is what a new provider's user told of where they work.
type Profile struct {
	Address1, Address2, City, State, ZIP string
	Phone, Fax                           string // E.164; sealed at rest
}

// State of the United States, or a territory, with the first digits of its ZIP
// codes (USPS Publication 65).
type USState struct{ Code, Name, Zones string }

// USStates are what the form offers, by name.
var USStates = []USState{
	{"AL", "Alabama", "3"}, {"AK", "Alaska", "9"}, {"AS", "American Samoa", "9"}, {"AZ", "Arizona", "8"}, {"AR", "Arkansas", "7"}, {"CA", "California", "9"},
	{"CO", "Colorado", "8"}, {"CT", "Connecticut", "0"}, {"DE", "Delaware", "1"}, {"DC", "District of Columbia", "25"}, {"FL", "Florida", "3"}, {"GA", "Georgia", "3"},
	{"GU", "Guam", "9"}, {"HI", "Hawaii", "9"}, {"ID", "Idaho", "8"}, {"IL", "Illinois", "6"}, {"IN", "Indiana", "4"}, {"IA", "Iowa", "5"}, {"KS", "Kansas", "6"},
	{"KY", "Kentucky", "4"}, {"LA", "Louisiana", "7"}, {"ME", "Maine", "0"}, {"MD", "Maryland", "2"}, {"MA", "Massachusetts", "05"}, {"MI", "Michigan", "4"},
	{"MN", "Minnesota", "5"}, {"MS", "Mississippi", "37"}, {"MO", "Missouri", "6"}, {"MT", "Montana", "5"}, {"NE", "Nebraska", "6"}, {"NV", "Nevada", "8"},
	{"NH", "New Hampshire", "0"}, {"NJ", "New Jersey", "0"}, {"NM", "New Mexico", "8"}, {"NY", "New York", "01"}, {"NC", "North Carolina", "2"}, {"ND", "North Dakota", "5"},
	{"MP", "Northern Mariana Islands", "9"}, {"OH", "Ohio", "4"}, {"OK", "Oklahoma", "7"}, {"OR", "Oregon", "9"}, {"PA", "Pennsylvania", "1"}, {"PR", "Puerto Rico", "0"},
	{"RI", "Rhode Island", "0"}, {"SC", "South Carolina", "2"}, {"SD", "South Dakota", "5"}, {"TN", "Tennessee", "3"}, {"TX", "Texas", "78"}, {"UT", "Utah", "8"},
	{"VT", "Vermont", "0"}, {"VI", "Virgin Islands", "0"}, {"VA", "Virginia", "2"}, {"WA", "Washington", "9"}, {"WV", "West Virginia", "2"}, {"WI", "Wisconsin", "5"}, {"WY", "Wyoming", "8"},
}

var (
	zip      = regexp.MustCompile(`^[0-9]{5}(-[0-9]{4})?$`)
	username = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{2,63}$`)
)

// IsZIP tells whether text is a ZIP code of this state; of any, where state is empty.
func IsZIP(text, state string) bool {
	if !zip.MatchString(text) {
		return false
	}
	i := slices.IndexFunc(USStates, func(s USState) bool { return s.Code == state })
	return i < 0 || strings.Contains(USStates[i].Zones, text[:1])
}

// IsState tells whether there is such a state or territory.
func IsState(code string) bool {
	return slices.ContainsFunc(USStates, func(s USState) bool { return s.Code == code })
}

// IsUsername tells whether a folded username may be registered: 3 to 64 letters,
// digits, dots, underscores, hyphens and at signs, beginning with one of the first two.
func IsUsername(folded string) bool { return username.MatchString(folded) }

// FoldName returns a person's or a place's name as it is kept: trimmed, at most 100
// characters, nothing that a line of a mail or a log could break at; "" where it
// is none.
func FoldName(typed string) string {
	name := strings.Join(strings.Fields(typed), " ")
	if utf8.RuneCountInString(name) > 100 || strings.ContainsAny(name, "<>\x00") || !utf8.ValidString(name) {
		return ""
	}
	return name
}
