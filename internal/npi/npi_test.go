package npi

import (
	"strings"
	"testing"
)

// H-3: 123456789 makes 1234567893.
func TestFold(t *testing.T) {
	for typed, want := range map[string]string{
		"1234567893": "1234567893", " 12345-67893 ": "1234567893", "1245319599": "1245319599",
		"1234567890": "", "123456789": "", "12345678933": "", "3234567893": "", "12345678a3": "", "": "", "0000000000": "",
	} {
		if got := Fold(typed); got != want {
			t.Errorf("%q: %q", typed, got)
		}
	}
	for d := range 10 { // of ten check digits one fits
		if npi := "123456789" + string(rune('0'+d)); (Fold(npi) != "") != (d == 3) {
			t.Errorf("%s", npi)
		}
	}
}

// What is read is ten digits, and is read again as it is.
func FuzzFold(f *testing.F) {
	f.Add(" 12345-67893 ")
	f.Fuzz(func(t *testing.T, typed string) {
		if npi := Fold(typed); npi != "" && (len(npi) != 10 || Fold(npi) != npi || strings.Trim(npi, "0123456789") != "") {
			t.Errorf("%q became %q", typed, npi)
		}
	})
}
