package account

import (
	"slices"
	"strings"
	"testing"
)

func TestCheckPassword(t *testing.T) {
	context := []string{"Jo", "Rivera", "jrivera", "jo.rivera@lakeside.example", "Lakeside Family Clinic", "Sallyport Health"}
	for password, want := range map[string]PasswordFault{
		"correct horse battery staple":    PasswordGood,
		"short password":                  PasswordShort, // 14: NIST-PW-1
		"fifteen letters":                 PasswordGood,
		"ñandú ñandú ñan":                 PasswordGood,   // 15 code points
		"aaaaaaaaaaaaaaaaaaaa":            PasswordCommon, // NIST-PW-3: by the blocklist, not by a class rule
		"passwordpassword":                PasswordCommon,
		"12345678901234567890":            PasswordCommon,
		"abcabcabcabcabcabc":              PasswordCommon,
		"qwertyuiopasdfghjkl":             PasswordCommon,
		"lakesidefamily1":                 PasswordContext,
		"Jo.Rivera@Lakeside2026":          PasswordContext,
		"Sallyport-Health!":               PasswordContext,
		"lakeside tractor violin":         PasswordGood,
		strings.Repeat("long words ", 23): PasswordGood, // 253
		strings.Repeat("x y ", 65):        PasswordLong, // 260
	} {
		if got := CheckPassword(password, 15, context...); got != want {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
	}
	if CheckPassword("sunshine", 8) != PasswordCommon {
		t.Error("the list is not asked where eight are enough")
	}
	if !slices.IsSorted(common()) || len(common()) < 10000 {
		t.Errorf("the blocklist of %d is not sorted", len(common()))
	}
}

// T-11: the United States and its territories; the rest of +1 is other countries.
func TestParsePhone(t *testing.T) {
	us := []string{"US"}
	for _, tc := range []struct {
		region, typed, want string
		fault               PhoneFault
		allowed             []string
	}{
		{"US", "(202) 555-0185", "+12025550185", PhoneGood, us},
		{"US", "202.555.0185", "+12025550185", PhoneGood, us},
		{"US", "+1 202 555 0185", "+12025550185", PhoneGood, us},
		{"US", "1-617-495-1000", "+16174951000", PhoneGood, us},
		{"US", "787 724 1000", "+17877241000", PhoneGood, us},
		{"US", "", "", PhoneMissing, us},
		{"US", "202-456-1111 x12", "", PhoneExtension, us},
		{"US", "202-456-1111 ext. 12", "", PhoneExtension, us},
		{"US", "202-456-1111,12", "", PhoneExtension, us},
		{"US", "202-456-111", "", PhoneMalformed, us},
		{"US", "123-456-7890", "", PhoneMalformed, us},
		{"US", "202-911-1234", "", PhoneMalformed, us},
		{"US", "876 927 1234", "", PhoneCountry, us}, // Jamaica
		{"US", "900 234 5678", "", PhonePremium, us},
		{"US", "416 979 8800", "", PhoneCountry, us}, // Canada
		{"US", "416 979 8800", "+14169798800", PhoneGood, []string{"US", "CA"}},
		{"US", "+44 20 7946 0958", "", PhoneCountry, us},
		{"GB", "020 7946 0958", "", PhoneCountry, us},
		{"US", "976 234 5678", "", PhoneMalformed, us},
	} {
		got, fault := ParsePhone(tc.region, tc.typed, tc.allowed)
		if got != tc.want || fault != tc.fault {
			t.Errorf("%s in %s: %q %q, want %q %q", tc.typed, tc.region, got, fault, tc.want, tc.fault)
		}
	}
	if CallingCode("US") != 1 || CallingCode("MX") != 52 {
		t.Error("calling codes")
	}
}
