package account

import (
	"strings"
	"testing"
)

func TestFoldEmail(t *testing.T) {
	for typed, want := range map[string]string{
		"  Dana.Phone@Lakeside.Example ":              "dana.phone@lakeside.example",
		"o'neil+x@a-b.example":                        "o'neil+x@a-b.example",
		"Ann <ann@a.example>":                         "",
		"ann@a.example (work)":                        "",
		"ann@localhost":                               "",
		"änn@a.example":                               "",
		"ann@a.example\r\nBcc: x@y.example":           "", // ASVS 1.3.11
		"ann@[127.0.0.1]":                             "", // RFC 5321 section 4.1.3
		"ann@[ipv6:::ffff:127.0.0.1]":                 "",
		"ann@127.0.0.1":                               "",
		"ann@a.example.":                              "",
		"ann@a..example":                              "",
		"ann@.a.example":                              "",
		"ann@a.123":                                   "",
		"ann@a.-b":                                    "",
		"ann@-a.example":                              "",
		"ann@a-.example":                              "",
		"ann@a!b.example":                             "",
		"ann@a.e{x}mple":                              "",
		`"ann"@a.example`:                             "",
		`"ann lee"@a.example`:                         "",
		`"ann@b.example"@a.example`:                   "",
		"ann@b.example@a.example":                     "",
		"ann.@a.example":                              "",
		"ann@" + strings.Repeat("a", 64) + ".example": "",
		"ann@xn--bcher-kva.xn--p1ai":                  "ann@xn--bcher-kva.xn--p1ai",
		"ann@4.a.c0":                                  "ann@4.a.c0",
		"ann":                                         "",
		"":                                            "",
		strings.Repeat("a", 250) + "@lakeside.example": "",
	} {
		if got := FoldEmail(typed); got != want {
			t.Errorf("FoldEmail(%q) = %q, want %q", typed, got, want)
		}
	}
}

func TestMasks(t *testing.T) {
	if got := MaskPhone("+12025559885"); got != "XXX-XXX-9885" {
		t.Error(got)
	}
	if got := MaskPhone(""); got != "XXX-XXX-XXXX" {
		t.Error(got)
	}
	if got := MaskEmail("dana@lakeside.example"); got != "d•••@lakeside.example" {
		t.Error(got)
	}
	if got := MaskEmail("nonsense"); strings.Contains(got, "nonsense") {
		t.Error(got)
	}
}

// 1.4: before registration is complete nobody can sign in.
func TestOnlyRegisteredAccountsSignIn(t *testing.T) {
	for state, want := range map[State]bool{Imported: false, Half: false, Registered: true, Disabled: false} {
		if got := (&Account{State: state}).CanSignIn(); got != want {
			t.Errorf("%s: %v", state, got)
		}
	}
	var nobody *Account
	if nobody.CanSignIn() {
		t.Error("nobody signs in")
	}
}
