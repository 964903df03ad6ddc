package account

import (
	"net/mail"
	"strings"
	"unicode/utf8"
)

// maxEmail is the longest address of RFC 5321 section 4.5.3.1.3, less brackets.
const maxEmail = 254

// FoldEmail returns the one form in which an address is kept and looked up:
// trimmed, lower case. Empty where it is no plain address: names in front, comments,
// quoted names, address literals and non-ASCII letters are refused.
func FoldEmail(typed string) string {
	email := strings.ToLower(strings.TrimSpace(typed))
	if len(email) > maxEmail || !isASCII(email) {
		return ""
	}
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || parsed.Name != "" || !isDomain(email[strings.LastIndex(email, "@")+1:]) {
		return ""
	}
	return email
}

// isDomain tells whether a lower-case name is a full domain name. The parser of addresses
// also takes [127.0.0.1] (RFC 5321 section 4.1.3) and 127.0.0.1, which lead to a machine that
// a user chooses. Host names have no underscore, but domains of some offices do.
func isDomain(name string) bool {
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return len(labels) > 1 && strings.ContainsAny(labels[len(labels)-1], "abcdefghijklmnopqrstuvwxyz")
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
