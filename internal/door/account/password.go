package account

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// common holds passwords of eight and more characters that are tried first,
// lower case and sorted (package @zxcvbn-ts/language-common 4.1.3, MIT; see
// blocklist/LICENSE.txt).
//
//go:embed blocklist/common.txt
var commonText string

var common = sync.OnceValue(func() []string { return strings.Split(strings.TrimSpace(commonText), "\n") })

// PasswordFault says why a new password is not taken. There are no composition
// rules (NIST-PW-3): length, and what others would try first.
type PasswordFault string

const (
	PasswordGood    PasswordFault = ""
	PasswordShort   PasswordFault = "short"
	PasswordLong    PasswordFault = "long"
	PasswordCommon  PasswordFault = "common"  // on the blocklist, or made of one of its entries over and over
	PasswordContext PasswordFault = "context" // little more than the name of the person, the place or the product
)

const (
	mostPassword = 256 // code points (NIST-PW-2)
	ownPart      = 8   // letters and digits that must remain beside the context words
)

// CheckPassword judges a new password (NIST-PW-1 to 4). Context are words that
// anybody would try for this person: names, username, parts of the address, the
// organisation's and the product's names.
func CheckPassword(password string, least int, context ...string) PasswordFault {
	password = norm.NFC.String(password)
	switch n := utf8.RuneCountInString(password); {
	case n < least:
		return PasswordShort
	case n > mostPassword:
		return PasswordLong
	}
	lower := strings.ToLower(password)
	if isCommon(lower) {
		return PasswordCommon
	}
	rest := lower
	for _, word := range contextWords(context) {
		rest = strings.ReplaceAll(rest, word, "")
	}
	own := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, rest)
	if rest != lower && utf8.RuneCountInString(own) < ownPart {
		return PasswordContext
	}
	return PasswordGood
}

// contextWords splits at everything but letters and digits, and keeps words of
// four and more, the longest first.
func contextWords(context []string) (words []string) {
	for _, phrase := range context {
		words = append(words, strings.FieldsFunc(strings.ToLower(phrase), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })...)
	}
	words = slices.DeleteFunc(words, func(w string) bool { return utf8.RuneCountInString(w) < 4 })
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
}

// isCommon: on the list, or a short run or an entry repeated to the length asked
// for, or a walk along the digits or the alphabet.
func isCommon(lower string) bool {
	if _, found := slices.BinarySearch(common(), lower); found {
		return true
	}
	for size := 1; size <= len(lower)/2; size++ {
		unit := lower[:size]
		whole := strings.Repeat(unit, len(lower)/size+1)[:len(lower)]
		if whole != lower {
			continue
		}
		if _, found := slices.BinarySearch(common(), unit); found || size <= 4 {
			return true
		}
	}
	for _, walk := range []string{"0123456789", "9876543210", "abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba", "qwertyuiopasdfghjklzxcvbnm"} {
		if strings.Contains(strings.Repeat(walk, 26), lower) {
			return true
		}
	}
	return false
}
