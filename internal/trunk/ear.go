package trunk

import (
	"context"
	"math"
	"sync"
	"time"
)

// ear listens who answered: people say a few words and wait; machines talk on, and then
// whistle (T-25). It goes by time as the sound has it, 20 ms a packet.
type ear struct {
	mu      sync.Mutex
	samples [frame]int16
	spoke   int // packets from the first voice to the last, with the pauses between
	pause   int // packets of quiet since there was voice
	quiet   int // packets of quiet before any voice
	whistle int // packets of one pure tone
	pitch   float64
	beeped  chan struct{}
	changed chan struct{}
}

func newEar() *ear { return &ear{beeped: make(chan struct{}), changed: make(chan struct{}, 1)} }

// Answerer is who took a call.
type Answerer int

const (
	Nobody  Answerer = iota // nothing was said: people wait for others to begin, too
	Person                  // a few words, and a pause
	Machine                 // talked on and on, or whistled
)

const (
	loud       = 400  // of 32768, root mean square: voice; -38 dBFS
	whistling  = 1000 // -30 dBFS
	longGreet  = 4500 / frameMS
	shortPause = 700 / frameMS
	nobodyIn   = 1200 / frameMS
	longBeep   = 240 / frameMS
)

// sound takes one packet's.
func (e *ear) sound(law Law, sound []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := law.samples(sound, e.samples[:])
	if n == 0 {
		return
	}
	level := rms(e.samples[:n])
	switch {
	case level >= loud:
		e.spoke, e.pause = e.spoke+e.pause+1, 0
	case e.spoke == 0:
		e.quiet++
	default:
		e.pause++
	}
	e.listenForBeep(e.samples[:n], level)
	select {
	case e.changed <- struct{}{}:
	default:
	}
}

// listenForBeep looks for one pure tone that lasts: the signal after a greeting, or a
// facsimile machine's.
func (e *ear) listenForBeep(samples []int16, level float64) {
	pitch, pure := 0.0, false
	if level >= whistling {
		pitch, pure = tone(samples)
	}
	if !pure || e.whistle > 0 && math.Abs(pitch-e.pitch) > 2*toneStep {
		e.whistle = 0
	}
	if !pure {
		return
	}
	e.whistle, e.pitch = e.whistle+1, pitch
	if e.whistle == longBeep {
		select {
		case <-e.beeped:
		default:
			close(e.beeped)
		}
	}
}

// forget begins anew.
func (e *ear) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.spoke, e.pause, e.quiet, e.whistle, e.beeped = 0, 0, 0, 0, make(chan struct{})
}

// beep is closed when a machine whistled.
func (e *ear) beep() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.beeped
}

// verdict is what can be said so far.
func (e *ear) verdict() (Answerer, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	select {
	case <-e.beeped:
		return Machine, true
	default:
	}
	switch {
	case e.spoke >= longGreet:
		return Machine, true
	case e.spoke > 0 && e.pause >= shortPause:
		return Person, true
	case e.spoke == 0 && e.quiet >= nobodyIn:
		return Nobody, true
	}
	return Nobody, false
}

// who listens until it is clear who answered, for at most as long as a call without any
// packets takes to be taken for a silent one.
func (e *ear) who(ctx context.Context) Answerer {
	limit := time.NewTimer(1500 * time.Millisecond)
	defer limit.Stop()
	for {
		if who, sure := e.verdict(); sure {
			return who
		}
		select {
		case <-e.changed:
			limit.Reset(1500 * time.Millisecond)
		case <-limit.C:
			return Nobody
		case <-ctx.Done():
			return Nobody
		}
	}
}

func rms(samples []int16) float64 {
	sum := 0.0
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(len(samples)))
}

const toneStep = 25.0 // Hz

// tone tells the pitch of a sound of one pure tone, 400 to 2200 Hz: at least two thirds of
// its energy are at one frequency (Goertzel).
func tone(samples []int16) (pitch float64, pure bool) {
	total, best := 0.0, 0.0
	for _, s := range samples {
		total += float64(s) * float64(s)
	}
	for f := 400.0; f <= 2200; f += toneStep {
		k := 2 * math.Cos(2*math.Pi*f/rate)
		var a, b float64
		for _, s := range samples {
			a, b = float64(s)+k*a-b, a
		}
		if power := a*a + b*b - k*a*b; power > best {
			best, pitch = power, f
		}
	}
	return pitch, best >= total*float64(len(samples))/2*2/3
}
