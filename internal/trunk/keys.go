package trunk

import (
	"strings"
)

// keys are the telephone events 0 to 15 (RFC 4733 section 3.2).
const keys = "0123456789*#ABCD"

// keypad tells keys from telephone events. Each is sent many times while it is pressed,
// and its end three times: it counts once, at its end, or when something else follows it
// and its end was lost.
type keypad struct {
	at      uint32 // RTP timestamp of the event that is under way or was the last
	code    byte
	counted bool
	any     bool // there was an event
}

// event takes one packet's payload and returns the key that it ends, or 0.
func (k *keypad) event(timestamp uint32, payload []byte) (key, lost byte) {
	if len(payload) < 4 || payload[0] >= byte(len(keys)) {
		return 0, 0
	}
	if !k.any || timestamp != k.at {
		if int32(timestamp-k.at) < 0 && k.any { // a late copy of one before
			return 0, 0
		}
		lost = k.ended()
		*k = keypad{at: timestamp, code: payload[0], any: true}
	}
	if ended := payload[1]&0x80 != 0; ended && !k.counted {
		k.counted = true
		return keys[k.code], lost
	}
	return 0, lost
}

// voice tells that sound followed: returns the key whose end was lost, or 0. Sound that
// belongs to the time of the event itself says nothing: some send both.
func (k *keypad) voice(timestamp uint32) byte {
	const longest = rate // a key whose end did not come within a second has ended
	if !k.any || k.counted || int32(timestamp-k.at) < longest {
		return 0
	}
	return k.ended()
}

func (k *keypad) ended() byte {
	if !k.any || k.counted {
		return 0
	}
	k.counted = true
	return keys[k.code]
}

// infoKey reads the key of an INFO request: application/dtmf-relay (Signal=5) or
// application/dtmf (5). 0 where there is none.
func infoKey(contentType string, body []byte) byte {
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	text := strings.TrimSpace(string(body[:min(len(body), 200)]))
	switch strings.TrimSpace(kind) {
	case "application/dtmf-relay":
		for line := range strings.Lines(text) {
			name, value, _ := strings.Cut(line, "=")
			if strings.EqualFold(strings.TrimSpace(name), "signal") {
				return keyOf(strings.TrimSpace(value))
			}
		}
	case "application/dtmf":
		return keyOf(text)
	}
	return 0
}

// keyOf takes the key itself, or the number of its event.
func keyOf(text string) byte {
	switch text {
	case "10":
		return '*'
	case "11":
		return '#'
	}
	if len(text) == 1 && strings.Contains(keys, strings.ToUpper(text)) {
		return strings.ToUpper(text)[0]
	}
	return 0
}
