package journey

import (
	"context"
	"sync"
	"time"

	"sallyport/internal/secret"
)

// handOffs lets a request that queued a message wait a moment for its hand-off,
// so that the page that follows mostly need not say “sending…”. It is comfort
// only: nothing depends on it, and another replica's hand-off is not seen.
type handOffs struct{ waiting sync.Map }

// patience is how long a request waits.
const patience = time.Second

// expect makes the id of a message and a channel that closes when it was handed over.
func (h *handOffs) expect(now time.Time) (id string, done chan struct{}, forget func()) {
	id, done = secret.TimeID(now), make(chan struct{})
	h.waiting.Store(id, done)
	return id, done, func() { h.waiting.Delete(id) }
}

// HandedOver tells whoever waits that a message's hand-off was recorded.
func (e *Engine) HandedOver(messageID string) {
	if done, ok := e.handOffs.waiting.LoadAndDelete(messageID); ok {
		close(done.(chan struct{}))
	}
}

func waitFor(ctx context.Context, done chan struct{}) {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-done:
	case <-limit.C:
	case <-ctx.Done():
	}
}
