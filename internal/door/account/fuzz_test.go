package account

import (
	"net/mail"
	"strings"
	"testing"
	"unicode/utf8"
)

// Telephone numbers: what is accepted is E.164 of an allowed region, is accepted again
// as it is, and shows four digits at most (T-11, T-31).
func FuzzParsePhone(f *testing.F) {
	for _, seed := range []string{"2025550185", "(202) 555-0185", "+1 202 555 0185", "1-876-555-0123", "900 555 0100", "202555018５", "2025550185x12", "911", "", strings.Repeat("2", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		e164, fault := ParsePhone("US", typed, []string{"US"})
		if (e164 == "") == (fault == "") {
			t.Fatalf("%q: number %v and fault %q", typed, e164 != "", fault)
		}
		if e164 == "" {
			return
		}
		if len(e164) != 12 || !strings.HasPrefix(e164, "+1") || strings.Trim(e164[1:], "0123456789") != "" {
			t.Errorf("%q became something else than +1 and ten digits", typed)
		}
		if again, fault := ParsePhone("US", e164[2:], []string{"US"}); again != e164 {
			t.Errorf("%q: not the same again (%q)", typed, fault)
		}
		if masked := MaskPhone(e164); strings.Contains(masked, e164[2:8]) || !strings.HasSuffix(masked, e164[8:]) {
			t.Errorf("%q is shown as %q", typed, masked)
		}
	})
}

// What people type to name themselves: folding once is enough, and what comes of it is
// harmless in headers and addresses (ASVS 1.3.11).
func FuzzFold(f *testing.F) {
	for _, seed := range []string{"Dana@Lakeside.Example ", "Ann <a@b.example>", "a@b\r\nBcc: x@y.example", "ü@x.example", "1234567893", "LAKESIDE-2026", " lakeside 2026", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		if email := FoldEmail(typed); email != "" {
			parsed, err := mail.ParseAddress(email)
			if err != nil || parsed.Address != email || FoldEmail(email) != email || strings.ContainsAny(email, "\r\n<>\x00 ,") || len(email) > 254 {
				t.Errorf("%q became %q (%v)", typed, email, err)
			}
		}
		if code := FoldRegistrationCode(typed); FoldRegistrationCode(code) != code {
			t.Errorf("code %q became %q", typed, code)
		}
		if name := FoldName(typed); FoldName(name) != name || utf8.ValidString(typed) && !utf8.ValidString(name) {
			t.Errorf("name %q became %q", typed, name)
		}
		CheckPassword(typed, 15, "Sallyport")
	})
}
