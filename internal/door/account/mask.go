package account

import "strings"

// MaskPhone shows the last four digits of an E.164 number, in the shape of the
// guide: XXX-XXX-9885 (ASVS 14.2.6).
func MaskPhone(e164 string) string {
	if len(e164) < 4 {
		return "XXX-XXX-XXXX"
	}
	return "XXX-XXX-" + e164[len(e164)-4:]
}

// MaskEmail shows the first letter and the domain: d•••@lakeside.example.
func MaskEmail(email string) string {
	local, domain, ok := strings.Cut(email, "@")
	if !ok || local == "" {
		return "•••"
	}
	return local[:1] + "•••@" + domain
}
