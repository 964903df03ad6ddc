package trunk

import (
	"context"
	"errors"
	"testing"
)

// A sentence that was given up before it began does not cut off the one that is spoken:
// the key that ends a sentence may already be there when the sentence would begin.
func TestPlayThatWasGivenUpCutsNothingOff(t *testing.T) {
	v := &voice{closed: make(chan struct{})}
	v.playing, v.ended = []byte("the code"), make(chan struct{})
	given, up := context.WithCancel(t.Context())
	up()
	if err := v.play(given, []byte("another sentence")); !errors.Is(err, context.Canceled) {
		t.Errorf("play: %v", err)
	}
	if string(v.playing) != "the code" || v.ended == nil {
		t.Errorf("%q is left of what was spoken", v.playing)
	}
	select {
	case <-v.ended:
		t.Error("the sentence counts as spoken to its end")
	default:
	}
}
