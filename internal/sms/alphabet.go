package sms

import (
	"strings"
	"unicode/utf16"
)

// basic is the GSM 7-bit default alphabet (3GPP TS 23.038 §6.2.1) in order of its
// codes; 0x1B, the escape, is no character of its own.
const basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

// extended are the characters behind the escape (§6.2.1.1); each takes two places.
var extended = map[rune]byte{'\f': 0x0a, '^': 0x14, '{': 0x28, '}': 0x29, '\\': 0x2f, '[': 0x3c, '~': 0x3d, ']': 0x3e, '|': 0x40, '€': 0x65}

const escape = 0x1b

var codes = func() map[rune]byte {
	m, code := map[rune]byte{}, byte(0)
	for _, r := range basic {
		if r != escape {
			m[r] = code
		}
		code++
	}
	return m
}()

// GSM returns the text in the GSM default alphabet, an octet a place (unpacked), and
// whether all of it can be written so.
func GSM(text string) (octets []byte, ok bool) {
	for _, r := range text {
		if code, ok := codes[r]; ok {
			octets = append(octets, code)
		} else if code, ok := extended[r]; ok {
			octets = append(octets, escape, code)
		} else {
			return nil, false
		}
	}
	return octets, true
}

// UCS2 returns the text as UTF-16, big-endian: what telephones read under data coding 8.
func UCS2(text string) (octets []byte) {
	for _, unit := range utf16.Encode([]rune(text)) {
		octets = append(octets, byte(unit>>8), byte(unit))
	}
	return octets
}

// FromGSM reads unpacked GSM octets, such as those of a receipt.
func FromGSM(octets []byte) string {
	table := []rune(basic)
	var b strings.Builder
	for i := 0; i < len(octets); i++ {
		if octets[i] == escape && i+1 < len(octets) {
			i++
			for r, code := range extended {
				if code == octets[i] {
					b.WriteRune(r)
				}
			}
			continue
		}
		if int(octets[i]) < len(table) {
			b.WriteRune(table[octets[i]])
		}
	}
	return b.String()
}
