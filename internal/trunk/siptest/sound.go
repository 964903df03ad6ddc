package siptest

import (
	"bytes"
	"math"

	"github.com/zaf/g711"
)

func tone(hz float64, ms int) []byte {
	out := make([]byte, 8*ms)
	for i := range out {
		out[i] = g711.EncodeUlawFrame(int16(9000 * math.Sin(2*math.Pi*hz*float64(i)/8000)))
	}
	return out
}

// Quiet is so many milliseconds of silence in µ-law.
func Quiet(ms int) []byte { return bytes.Repeat([]byte{0xff}, 8*ms) }

// Speech is so many milliseconds of what sounds like a voice to a machine: many tones at
// once, louder and softer.
func Speech(ms int) []byte {
	out := make([]byte, 8*ms)
	for i := range out {
		at := float64(i) / 8000
		sum := 0.0
		for k := 1; k <= 12; k++ {
			sum += math.Sin(2*math.Pi*137*float64(k)*at+float64(k*k)) / math.Sqrt(float64(k))
		}
		out[i] = g711.EncodeUlawFrame(int16(2200 * sum * (0.7 + 0.3*math.Sin(2*math.Pi*4*at))))
	}
	return out
}
