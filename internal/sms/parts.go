package sms

// What fits, in places of the GSM alphabet or in UTF-16 units: into one message, and
// into each part of a longer one, which loses six octets to the header that joins them
// (3GPP TS 23.040 §9.2.3.24.1).
const (
	gsmAlone, gsmPart   = 160, 153
	ucs2Alone, ucs2Part = 70, 67
)

// MostParts is the longest text that is sent.
const MostParts = 10

// Parts returns the octets of each part of the text, without the joining header, and
// whether they are UCS-2. No character is cut in two.
func Parts(text string) (parts [][]byte, ucs2 bool) {
	octets, ok := GSM(text)
	if ok {
		return cut(octets, gsmAlone, gsmPart, func(at int) bool { return octets[at-1] == escape }), false
	}
	return PartsUCS2(text), true
}

// PartsUCS2 is Parts in UCS-2, whatever the text.
func PartsUCS2(text string) [][]byte {
	octets := UCS2(text)
	return cut(octets, 2*ucs2Alone, 2*ucs2Part, func(at int) bool { return at%2 == 1 || octets[at]&0xfc == 0xdc }) // a low surrogate
}

// Segments is how many messages a text is charged as.
func Segments(text string) int {
	parts, _ := Parts(text)
	return len(parts)
}

// cut cuts into pieces of at most part octets where the whole is longer than alone;
// never at a place where within says that something goes on.
func cut(octets []byte, alone, part int, within func(at int) bool) (parts [][]byte) {
	if len(octets) <= alone {
		return [][]byte{octets}
	}
	for from, to := 0, 0; from < len(octets); from = to {
		to = min(from+part, len(octets))
		for to < len(octets) && within(to) {
			to--
		}
		parts = append(parts, octets[from:to])
	}
	return parts
}
