package trunk

import "github.com/zaf/g711"

const (
	rate    = 8000                // samples a second, a byte each
	frame   = 160                 // samples in a packet: 20 ms
	quiet   = byte(0xff)          // silence in µ-law
	quietA  = byte(0xd5)          // and in A-law
	perSec  = rate / frame        // packets a second
	frameMS = 1000 * frame / rate // milliseconds in a packet
)

// sounds is µ-law sound in a law.
func (l Law) sound(ulaw []byte) []byte {
	if l == PCMA {
		return g711.Ulaw2Alaw(ulaw)
	}
	return ulaw
}

// silence is one frame of nothing.
func (l Law) silence() []byte {
	b, s := make([]byte, frame), quiet
	if l == PCMA {
		s = quietA
	}
	for i := range b {
		b[i] = s
	}
	return b
}

// samples decodes sound into out, and returns how many samples there are.
func (l Law) samples(sound []byte, out []int16) int {
	n := min(len(sound), len(out))
	for i, b := range sound[:n] {
		if l == PCMA {
			out[i] = g711.DecodeAlawFrame(b)
		} else {
			out[i] = g711.DecodeUlawFrame(b)
		}
	}
	return n
}
