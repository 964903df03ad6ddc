package web

import (
	"fmt"
	"time"

	"sallyport/internal/door/journey"
)

// CodeTime is a code's remaining life as a page shows it, and where it stands.
type CodeTime struct {
	State       string // sending, sent, expired, spent, failed, unknown
	Left        string // 0:28
	LeftMillis  int64
	LeftSeconds int64
	Life        int64 // seconds, for the bar
}

func codeTime(c journey.CodeStatus) CodeTime {
	seconds := int64((c.Left + time.Second - 1) / time.Second)
	return CodeTime{State: c.State, Left: fmt.Sprintf("%d:%02d", seconds/60, seconds%60), LeftMillis: c.Left.Milliseconds(),
		LeftSeconds: seconds, Life: int64(c.Life / time.Second)}
}
