package sms

import (
	"strings"
	"testing"
)

func TestGSMAlphabet(t *testing.T) {
	octets, ok := GSM("@é 1Aaà€[")
	if want := "\x00\x05\x20\x31\x41\x61\x7f\x1b\x65\x1b\x3c"; !ok || string(octets) != want { // TS 23.038, tables
		t.Errorf("% x, %v", octets, ok)
	}
	for _, text := range []string{"código", "您", "`"} { // no ó there
		if _, ok := GSM(text); ok {
			t.Errorf("%q is not in the alphabet", text)
		}
	}
	if got := FromGSM(octets); got != "@é 1Aaà€[" {
		t.Errorf("back: %q", got)
	}
}

func TestSegments(t *testing.T) {
	for text, want := range map[string]int{
		"":                               1,
		strings.Repeat("a", 160):         1,
		strings.Repeat("a", 161):         2,
		strings.Repeat("a", 306):         2,
		strings.Repeat("a", 307):         3,
		strings.Repeat("€", 80):          1, // two places each
		strings.Repeat("€", 81):          2,
		strings.Repeat("ó", 70):          1,
		strings.Repeat("ó", 71):          2,
		strings.Repeat("ó", 134):         2,
		strings.Repeat("ó", 135):         3,
		strings.Repeat("\U0001f600", 36): 2, // two units each
	} {
		if got := Segments(text); got != want {
			t.Errorf("%.5s… × %d: %d segments, want %d", text, len([]rune(text)), got, want)
		}
	}
}

// No part ends within an escape or a surrogate pair, and nothing is lost.
func TestPartsCutNoCharacter(t *testing.T) {
	for _, text := range []string{strings.Repeat("a", 152) + strings.Repeat("€", 100), strings.Repeat("ó", 66) + strings.Repeat("\U0001f600", 80)} {
		parts, ucs2 := Parts(text)
		var all []byte
		for i, p := range parts {
			if most := map[bool]int{false: gsmPart, true: 2 * ucs2Part}[ucs2]; len(p) > most || len(p) == 0 {
				t.Errorf("part %d has %d octets", i, len(p))
			}
			if !ucs2 && p[len(p)-1] == escape || ucs2 && p[0]&0xfc == 0xdc {
				t.Errorf("part %d cuts a character", i)
			}
			all = append(all, p...)
		}
		whole, ok := GSM(text)
		if !ok {
			whole = UCS2(text)
		}
		if string(all) != string(whole) {
			t.Error("the parts are not the text")
		}
	}
}
