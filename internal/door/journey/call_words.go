package journey

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"sallyport/internal/door/factor"
	"sallyport/internal/words"
)

// CallText is what a voice says that reads text, a sentence a line: who calls and what for,
// then what to do.
func CallText(l *words.Language, purpose string, mode factor.CallMode) string {
	say := func(name string) string { return l.Say("spoken." + name) }
	lines := []string{say("greeting") + " " + say(purpose)}
	switch mode {
	case factor.Keypad:
		lines = append(lines, say("keypad"), say("report"))
	case factor.Spoken: // the digit to press is added by who asks for it
		lines = append(lines, say("report"))
	default:
		lines = append(lines, say("press"), say("report"))
	}
	return strings.Join(lines, "\n")
}

// callCode is the code of a call: at random where it is read out; where it is keyed in, of
// the call's id by our key, so that the page can show it again and nothing keeps it.
func (r *Run) callCode(id string) string {
	switch r.Settings.CallMode {
	case factor.Spoken:
		return newCode(r)
	case factor.Keypad:
		return r.keypadNumber(id)
	}
	return ""
}

func (e *Engine) keypadNumber(id string) string {
	n := e.Settings.Limits.CodeLength
	number := binary.BigEndian.Uint64(e.Store.Keys.Hash("keypad", id)) % uint64(math.Pow10(n))
	return fmt.Sprintf("%0*d", n, number)
}
