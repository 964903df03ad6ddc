package trunk_test

import (
	"bytes"
	"testing"
	"time"

	"sallyport/internal/trunk/siptest"
)

// A softphone that knows nothing of us: it answers, hears what is played sample for
// sample, and its # comes through; and it hangs up.
func TestSoftphone(t *testing.T) {
	t.Parallel()
	phone := siptest.StartSoftphone(t, number)
	c := place(t, to(t, phone.Address()))
	soon(t, "answered", c.Answered())
	time.Sleep(300 * time.Millisecond) // the softphone does not tell when its sound runs
	sound := siptest.Speech(1000)
	if err := c.Play(t.Context(), sound); err != nil {
		t.Fatal(err)
	}
	phone.Press("#5*")
	if got := pressed(c, 500*time.Millisecond); got != "#5*" {
		t.Errorf("pressed #5*, heard %q", got)
	}
	phone.HangUp()
	soon(t, "over", c.Ended())
	within(t, 5*time.Second, "recorded as it was played", func() bool { return bytes.Contains(phone.Recording(), sound) })
}
