package portal

import (
	"errors"
	"strings"
	"testing"
	"time"
)

var today = time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)

func TestReadDate(t *testing.T) {
	for text, want := range map[string]Date{"1980-03-09": "1980-03-09", " 3/9/1980 ": "1980-03-09", "03/09/1980": "1980-03-09", "2026-11-25": "2026-11-25",
		"2026-11-26": "", "1899-12-31": "", "1980-02-30": "", "13/01/1980": "", "yesterday": "", "": "", "1980-3-9": "", strings.Repeat("1", 1000): ""} {
		if got, ok := ReadDate(text, today); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", text, got, ok)
		}
	}
}

func TestReadConsumer(t *testing.T) {
	c, err := ReadConsumer("  María  José ", "O’Brien-Núñez", "1980-03-09", today)
	if err != nil || c.FirstName != "María José" || c.Name() != "O’Brien-Núñez, María José" {
		t.Errorf("%+v, %v", c, err)
	}
	for name, tc := range map[string][4]string{"no first": {"", "B", "1980-03-09", "first_name"}, "no last": {"A", " ", "1980-03-09", "last_name"}, "digits": {"A1", "B", "1980-03-09", "first_name"},
		"markup": {"A", "<b>", "1980-03-09", "last_name"}, "only signs": {"A", "-", "1980-03-09", "last_name"}, "long": {strings.Repeat("a", 101), "B", "1980-03-09", "first_name"}, "no date": {"A", "B", "", "birth"}} {
		_, err := ReadConsumer(tc[0], tc[1], tc[2], today)
		if m, ok := errors.AsType[*Mistake](err); !ok || m.Field != tc[3] {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFolding(t *testing.T) {
	for _, same := range [][]string{{"José", "JOSE", " josé "}, {"O'Brien", "O’Brien", "OBRIEN", "o brien"}, {"Núñez", "Nun\u0303ez", "nunez"}} {
		for _, name := range same {
			if FoldName(name) != FoldName(same[0]) {
				t.Errorf("%q is not %q", name, same[0])
			}
		}
	}
	if FoldName("Lee") == FoldName("Li") {
		t.Error("two names are one")
	}
	for text, want := range map[string]string{" sm-10 234 ": "SM-10234", "SM_1": "", "<x>": "", strings.Repeat("9", 31): "", "": ""} {
		if got := FoldNumber(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
