package account

import "testing"

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
