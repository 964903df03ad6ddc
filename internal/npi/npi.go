// Package npi reads National Provider Identifiers, which both houses ask for. That one is
// well formed is public arithmetic; whose it is, is not said here (H-3).
package npi

import "strings"

// Fold returns the ten digits of a National Provider Identifier as typed, or ""
// where they are none: it begins with 1 or 2, and its last digit checks the others
// (Luhn over 80840 and the number: 45 CFR 162.406, ISO/IEC 7812). That it is well
// formed is public arithmetic; that it is somebody's is not said (H-3).
func Fold(typed string) string {
	npi := strings.NewReplacer(" ", "", "-", "").Replace(strings.TrimSpace(typed))
	if len(npi) != 10 || (npi[0] != '1' && npi[0] != '2') || strings.Trim(npi, "0123456789") != "" {
		return ""
	}
	sum := 24 // what the prefix 80840 adds
	for i := range 10 {
		d := int(npi[9-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	if sum%10 != 0 {
		return ""
	}
	return npi
}
