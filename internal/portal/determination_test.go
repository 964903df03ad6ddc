package portal

import (
	"errors"
	"strings"
	"testing"
)

var asked = Request{Services: []Service{{"G0151", "12", "2026-12-01", "2027-01-31"}, {"97110", "8", "2026-12-15", "2027-02-10"}}}

// What a reviewer says is whole: a reason that is specific where less is certified, units
// and days that fit the outcome, a question where the provider is asked (H-7).
func TestReadDetermination(t *testing.T) {
	because := "The plan of care asks for twelve visits in the first month alone."
	for name, tc := range map[string]struct {
		form  string // name=value, apart by |
		field string // with the mistake
		key   string
	}{
		"nothing chosen":             {"", "outcome", "review.outcome_missing"},
		"nonsense":                   {"outcome=withdrawn", "outcome", "review.outcome_missing"},
		"certified":                  {"outcome=certified", "", ""},
		"certified takes no reason":  {"outcome=certified|reason=other|explanation=" + because, "", ""},
		"pended without a question":  {"outcome=pended|question=  ", "question", "review.question_missing"},
		"pended":                     {"outcome=pended|question=Which wing?", "", ""},
		"returned":                   {"outcome=returned|question=Please attach the order.", "", ""},
		"no reason":                  {"outcome=not_certified|explanation=" + because, "reason", "review.reason_missing"},
		"another list's reason":      {"outcome=not_certified|reason=mood|explanation=" + because, "reason", "review.reason_missing"},
		"a reason that says nothing": {"outcome=not_certified|reason=necessity|explanation=no", "explanation", "review.explanation_short"},
		"not certified":              {"outcome=not_certified|reason=necessity|explanation=" + because, "", ""},
		"too long":                   {"outcome=not_certified|reason=necessity|explanation=" + strings.Repeat("x", 4001), "explanation", "review.too_long"},
		"in part":                    {"outcome=partial|reason=necessity|explanation=" + because + "|from=2026-12-01|to=2027-02-10|units_1=6|units_2=8", "", ""},
		"in part, fewer days":        {"outcome=partial|reason=necessity|explanation=" + because + "|from=12/1/2026|to=2027-01-10|units_1=12|units_2=8", "", ""},
		"in part, but all":           {"outcome=partial|reason=necessity|explanation=" + because + "|from=2026-12-01|to=2027-02-10|units_1=12|units_2=8", "outcome", "review.nothing_changed"},
		"in part, but more":          {"outcome=partial|reason=necessity|explanation=" + because + "|from=2026-12-01|to=2027-02-10|units_1=13|units_2=1", "outcome", "review.more_than_asked"},
		"in part, but nothing":       {"outcome=partial|reason=necessity|explanation=" + because + "|from=2026-12-01|to=2027-02-10|units_1=0|units_2=0", "units_1", "review.nothing_certified"},
		"modified":                   {"outcome=modified|reason=setting|explanation=" + because + "|from=2026-12-01|to=2027-03-10|units_1=13|units_2=1", "", ""},
		"units in words":             {"outcome=modified|reason=setting|explanation=" + because + "|from=2026-12-01|to=2027-03-10|units_1=13|units_2=many", "units_2", "review.units_malformed"},
		"less than none":             {"outcome=partial|reason=setting|explanation=" + because + "|from=2026-12-01|to=2027-03-10|units_1=-1|units_2=1", "units_1", "review.units_malformed"},
		"no day":                     {"outcome=partial|reason=setting|explanation=" + because + "|from=2026-13-01|to=2027-03-10|units_1=1|units_2=1", "from", "case.date_malformed"},
		"days in reverse":            {"outcome=partial|reason=setting|explanation=" + because + "|from=2026-12-02|to=2026-12-01|units_1=1|units_2=1", "to", "case.dates_reversed"},
	} {
		form := map[string]string{}
		for _, pair := range strings.Split(tc.form, "|") {
			n, v, _ := strings.Cut(pair, "=")
			form[n] = v
		}
		d, err := ReadDetermination(func(n string) string { return form[n] }, asked)
		mistake, wrong := errors.AsType[*Mistake](err)
		if wrong != (tc.key != "") || wrong && (mistake.Field != tc.field || mistake.Key != tc.key) || err != nil && !wrong {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && d.Outcome == Certified && (d.From != "2026-12-01" || d.To != "2027-02-10" || d.Reason != "" || len(d.Units) != 2 || d.Units[0] != 12) {
			t.Errorf("%s: %+v", name, d)
		}
		if err == nil && d.Outcome == NotCertified && (d.From != "" || d.Units != nil) {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestReadMessage(t *testing.T) {
	for _, tc := range []struct{ subject, body, field string }{
		{"", "x", "subject"}, {strings.Repeat("s", 121), "x", "subject"}, {"s", "  \n", "body"}, {"s", strings.Repeat("é", 10_001), "body"}, {" a  b ", strings.Repeat("é", 10_000), ""},
	} {
		subject, _, err := ReadMessage(tc.subject, tc.body, true)
		if m, ok := errors.AsType[*Mistake](err); ok != (tc.field != "") || ok && m.Field != tc.field {
			t.Errorf("%.9q %.9q: %v", tc.subject, tc.body, err)
		}
		if tc.field == "" && subject != "a b" {
			t.Errorf("%q", subject)
		}
	}
	if _, _, err := ReadMessage("", "an answer", false); err != nil {
		t.Error(err)
	}
}
