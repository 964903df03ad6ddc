package prompts

import (
	"encoding/binary"
	"errors"

	"github.com/zaf/g711"
)

var errFormat = errors.New("must be WAV of 8000 Hz, one channel, 16-bit PCM or G.711; make it so: sox in.wav -r 8000 -c 1 -b 16 out.wav")

// Formats of WAV that are read (RFC 2361).
const (
	pcm  = 1
	alaw = 6
	ulaw = 7
)

// readWAV returns the sound of a WAV file in µ-law.
func readWAV(text []byte) ([]byte, error) {
	if len(text) < 12 || string(text[:4]) != "RIFF" || string(text[8:12]) != "WAVE" {
		return nil, errFormat
	}
	format := uint16(0)
	for rest := text[12:]; len(rest) >= 8; {
		size := uint64(binary.LittleEndian.Uint32(rest[4:8]))
		name, body := string(rest[:4]), rest[8:]
		body = body[:min(size, uint64(len(body)))]
		switch name {
		case "fmt ":
			if len(body) < 16 || binary.LittleEndian.Uint16(body[2:]) != 1 || binary.LittleEndian.Uint32(body[4:]) != rate {
				return nil, errFormat
			}
			format = binary.LittleEndian.Uint16(body)
			if bits := binary.LittleEndian.Uint16(body[14:]); format == pcm && bits != 16 {
				return nil, errFormat
			}
		case "data":
			return toULaw(format, body)
		}
		rest = rest[8:]
		rest = rest[min(size+size%2, uint64(len(rest))):]
	}
	return nil, errFormat
}

func toULaw(format uint16, sound []byte) ([]byte, error) {
	switch format {
	case pcm:
		return g711.EncodeUlaw(sound[:len(sound)&^1]), nil
	case alaw:
		return g711.Alaw2Ulaw(sound), nil
	case ulaw:
		return sound, nil
	}
	return nil, errFormat
}
