package account

import (
	"strings"
	"unicode"
)

// FoldRegistrationCode returns the one form in which a registration code is hashed:
// letter case, spaces and hyphens do not matter.
func FoldRegistrationCode(typed string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, typed))
}
