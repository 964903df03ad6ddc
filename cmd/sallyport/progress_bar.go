package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"sallyport/internal/intake"
)

// bar shows progress: one line that changes on a terminal, a line now and then elsewhere.
type bar struct {
	to       *os.File
	terminal bool
	began    time.Time
	last     time.Time
	rows     int64   // that were there with the first transaction: an earlier try's
	share    float64 // of the file, likewise
	begun    bool
}

func newBar(to *os.File) *bar {
	info, err := to.Stat()
	return &bar{to: to, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0, began: time.Now()}
}

func (b *bar) show(p intake.Progress) {
	rows := p.Added + p.Changed + p.Unchanged + p.Rejected
	share := float64(p.Bytes) / float64(max(p.Size, 1))
	if !b.begun && !p.Done {
		b.begun, b.began, b.rows, b.share = true, time.Now(), rows, share
		return
	}
	every := 5 * time.Second
	if b.terminal {
		every = 200 * time.Millisecond
	}
	if time.Since(b.last) < every && !p.Done {
		return
	}
	b.last = time.Now()
	took := time.Since(b.began)
	left := "?"
	if share > b.share {
		left = time.Duration(float64(took) * (1 - share) / (share - b.share)).Round(time.Second).String()
	}
	text := fmt.Sprintf("%3.0f %%  %d rows, %.0f a second, %s left, %d rejected", 100*share, rows, float64(rows-b.rows)/took.Seconds(), left, p.Rejected)
	if !b.terminal {
		fmt.Fprintln(b.to, text)
		return
	}
	const width = 30
	full := int(share * width)
	fmt.Fprintf(b.to, "\r[%s%s] %s   ", strings.Repeat("#", full), strings.Repeat(".", width-full), text)
}

func (b *bar) end() {
	if b.terminal {
		fmt.Fprintln(b.to)
	}
}
