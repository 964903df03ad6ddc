package account

import (
	"net/mail"
	"strings"
	"unicode/utf8"
)

// maxEmail is the longest address of RFC 5321 section 4.5.3.1.3, less brackets.
const maxEmail = 254

// FoldEmail returns the one form in which an address is kept and looked up:
// trimmed, lower case. Empty where it is no plain address: names in front,
// comments and non-ASCII letters are refused.
func FoldEmail(typed string) string {
	email := strings.ToLower(strings.TrimSpace(typed))
	if len(email) > maxEmail || !isASCII(email) {
		return ""
	}
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || parsed.Name != "" || !strings.Contains(email[strings.LastIndex(email, "@"):], ".") {
		return ""
	}
	return email
}

// FoldUsername returns the one form in which a username is kept and looked up.
func FoldUsername(typed string) string { return strings.ToLower(strings.TrimSpace(typed)) }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || s[i] < ' ' {
			return false
		}
	}
	return true
}
