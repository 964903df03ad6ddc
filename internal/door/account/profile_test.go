package account

import "testing"

// H-3: 123456789 makes 1234567893.
func TestFoldNPI(t *testing.T) {
	for typed, want := range map[string]string{
		"1234567893": "1234567893", " 12345-67893 ": "1234567893", "1245319599": "1245319599",
		"1234567890": "", "123456789": "", "12345678933": "", "3234567893": "", "12345678a3": "", "": "", "0000000000": "",
	} {
		if got := FoldNPI(typed); got != want {
			t.Errorf("%q: %q", typed, got)
		}
	}
	for d := range 10 { // of ten check digits one fits
		if npi := "123456789" + string(rune('0'+d)); (FoldNPI(npi) != "") != (d == 3) {
			t.Errorf("%s", npi)
		}
	}
}

func TestProfileRules(t *testing.T) {
	if FoldRegistrationCode(" lakeside-2026 ") != "LAKESIDE2026" {
		t.Error("the code's one form")
	}
	for text, want := range map[string]bool{"23219": true, "23219-1234": true, "2321": false, "232190": false, "23219-12": false, "abcde": false, "90210": false} {
		if IsZIP(text, "VA") != want {
			t.Errorf("%s in Virginia: %v", text, !want)
		}
	}
	if !IsZIP("90210", "") || IsState("XX") || !IsState("PR") {
		t.Error("states")
	}
	for name, want := range map[string]bool{"jo": false, "jo.rivera": true, "jo@clinic": true, "_jo": false, "jo rivera": false, "jó": false, "": false} {
		if IsUsername(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
	if FoldName("  Ana \t Maria\r\nBcc: x ") != "Ana Maria Bcc: x" || FoldName("<b>") != "" || FoldName("") != "" {
		t.Error("names")
	}
}
