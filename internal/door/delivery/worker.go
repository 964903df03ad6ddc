package delivery

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"sallyport/internal/background"
	"sallyport/internal/secret"
)

// Job is a message that the outbox leased to this worker.
type Job struct {
	Message Message
	Try     int      // 1 for the first
	Tried   []string // carriers that accepted it and did not deliver it
}

// Outbox is where messages wait. Claim leases up to n that are due; for codes
// and calls it commits that they are being attempted before it returns them, so
// that a crash leaves a trace. Sent, Failed and Retry record the outcome. Receive records
// what a carrier said afterwards; where that is that it did not deliver, it queues the
// message again if another carrier is left.
type Outbox interface {
	Claim(ctx context.Context, n int, lease time.Duration) ([]Job, error)
	Sent(ctx context.Context, job Job, done HandOff) error
	Failed(ctx context.Context, job Job, f Failure) error
	Retry(ctx context.Context, job Job, after time.Duration) error
	Receive(ctx context.Context, r Receipt, another func(m Message, tried []string) bool) (Received, error)
}

// Failure is a message that no carrier took.
type Failure struct {
	Carrier     string // the last that was tried
	Certain     bool   // nothing went out
	Unreachable bool   // because of the number or address
}

// Observation is one thing that happened to a message. At one carrier it was refused or
// silent; in all it was sent, withheld, is to be tried again (retry), failed, or is unknown;
// and afterwards it had the fate that a receipt told.
type Observation struct {
	Message Message
	HandOff HandOff
	Outcome string
}

// Worker takes messages from the outbox. Run it once per process.
type Worker struct {
	Outbox     Outbox
	Channels   Channels
	Purse      Purse // nil: nothing is counted
	Log        *slog.Logger
	Clock      func() time.Time                             // for carriers' health
	Poll       time.Duration                                // how often to look for what other replicas left behind
	Lanes      int                                          // messages handed over at once
	Observe    func(Observation)                            // metrics and statistics
	OnHealth   func(channel, carrier string, health Health) // a carrier stopped or began to work
	HandedOver func(messageID string)                       // an outcome was recorded
	recent     recentHandOffs
	made       sync.Once
	woken      chan struct{}
	free       chan struct{} // holds one for each lane in use
	full       atomic.Bool   // there may be more than there were lanes for
	mu         sync.Mutex
	open       bool // Run takes messages on
	busy       sync.WaitGroup
	later      sync.WaitGroup // receipts that wait for their message
	ended      chan struct{}  // Run has ended
	looked     chan struct{}  // Run has looked for messages once
}

func (w *Worker) now() time.Time {
	if w.Clock == nil {
		return time.Time{}
	}
	return w.Clock()
}

func (w *Worker) observe(o Observation) {
	if w.Observe != nil {
		w.Observe(o)
	}
}

// lease is how long a message belongs to who hands it over: as long as every carrier
// may keep silent, and some. After a crash people wait so long to be told.
func (w *Worker) lease() time.Duration {
	most := silence
	for _, carriers := range w.Channels {
		all := time.Duration(0)
		for _, c := range carriers {
			all += patienceWith(c)
		}
		most = max(most, all)
	}
	return most + 5*time.Second
}

const (
	retryFirst = time.Second
	retryMost  = 10 * time.Minute
)

func (w *Worker) make() {
	w.made.Do(func() {
		w.woken, w.free, w.ended, w.looked = make(chan struct{}, 1), make(chan struct{}, w.Lanes), make(chan struct{}), make(chan struct{})
	})
}

// Looked is closed when Run has looked for messages once, so that nothing that waited at the
// start is overlooked.
func (w *Worker) Looked() <-chan struct{} {
	w.make()
	return w.looked
}

// Wake tells the worker that something was committed to the outbox. It never blocks.
func (w *Worker) Wake() {
	w.make()
	select {
	case w.woken <- struct{}{}:
	default:
	}
}

// Reserve takes a lane for a message that is about to be committed as being
// attempted by this process, so that nobody has to look for it. The lane must be
// given back: by Deliver, after the commit, or by Release. It returns how long the
// message is to be leased; 0 where all lanes are in use, or the worker does not run:
// the message is queued, then.
func (w *Worker) Reserve() (lease time.Duration) {
	w.make()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.open {
		return 0
	}
	select {
	case w.free <- struct{}{}:
		w.busy.Add(1)
		return w.lease()
	default:
		return 0
	}
}

// Deliver hands over the message that a lane was reserved for. It does not wait.
func (w *Worker) Deliver(m Message) {
	go w.lane(context.Background(), Job{Message: m, Try: 1})
}

// lane hands over one message and gives its lane back, also after a panic. An outcome that
// a panic kept from being recorded is treated as after a crash: when the lease runs out.
func (w *Worker) lane(ctx context.Context, job Job) {
	defer w.Release()
	background.Do(w.Log, "delivery", func() { w.deliver(ctx, job) })
}

// Release gives a lane back.
func (w *Worker) Release() {
	<-w.free
	w.busy.Done()
	if w.full.Load() {
		w.Wake()
	}
}

// takeOn opens or closes the worker to Reserve.
func (w *Worker) takeOn(open bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = open
}

// Run works until ctx ends, and returns when what it had begun is recorded.
func (w *Worker) Run(ctx context.Context) {
	w.make()
	tick := time.NewTicker(w.Poll)
	defer tick.Stop()
	w.takeOn(true)
	defer w.later.Wait()
	defer close(w.ended)
	defer w.busy.Wait()
	defer w.takeOn(false)
	for first := true; ; first = false {
		background.Do(w.Log, "outbox", func() {
			for w.round(ctx) {
			}
		})
		if first {
			close(w.looked)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-w.woken:
		}
	}
}

// round claims as much as there are free lanes for and starts handing it over.
// It tells whether there may be more.
func (w *Worker) round(ctx context.Context) bool {
	n := cap(w.free) - len(w.free)
	w.full.Store(n == 0)
	if n == 0 || ctx.Err() != nil {
		return false
	}
	// Not interrupted by a shutdown: a claim that was committed and not seen would
	// keep its messages waiting until the lease runs out.
	jobs, err := w.Outbox.Claim(context.WithoutCancel(ctx), n, w.lease())
	if err != nil {
		if ctx.Err() == nil {
			w.Log.Error("outbox: claim", "error", err)
		}
		return false
	}
	for _, job := range jobs {
		w.free <- struct{}{} // at most until one that was reserved meanwhile is handed over
		w.busy.Add(1)
		go w.lane(context.WithoutCancel(ctx), job)
	}
	w.full.Store(len(jobs) == n)
	return len(jobs) == n
}

// deliver hands one message over and records the outcome. It outlives a
// shutdown for as long as a carrier may take: what was begun is recorded.
func (w *Worker) deliver(ctx context.Context, job Job) {
	done, err := w.handSafely(ctx, job)
	out, record := "sent", error(nil)
	switch {
	case err == nil:
		record = w.Outbox.Sent(ctx, job, done)
		if job.Message.Withheld {
			out = "withheld"
		}
	case temporary(err) && !job.Message.once():
		out, record = "retry", w.Outbox.Retry(ctx, job, backoff(job.Try))
	case temporary(err) && certain(err) && job.Try < 3:
		out, record = "retry", w.Outbox.Retry(ctx, job, backoff(job.Try))
	case certain(err):
		out, record = "failed", w.Outbox.Failed(ctx, job, Failure{Carrier: done.Carrier, Certain: true, Unreachable: unreachable(err)})
	default:
		out, record = "unknown", w.Outbox.Failed(ctx, job, Failure{Carrier: done.Carrier})
	}
	if err != nil {
		w.Log.Warn("delivery: not handed over", "message", job.Message, "carrier", done.Carrier, "try", job.Try, "then", out, "error", err)
	}
	if record != nil {
		w.Log.Error("delivery: outcome not recorded", "message", job.Message, "outcome", out, "error", record)
	}
	if w.HandedOver != nil && out != "retry" {
		w.HandedOver(job.Message.ID)
	}
	w.observe(Observation{Message: job.Message, HandOff: done, Outcome: out})
}

// handSafely is hand, after whose panic it is not known what became of the message.
func (w *Worker) handSafely(ctx context.Context, job Job) (done HandOff, err error) {
	if broke := background.Try(func() { done, err = w.hand(ctx, job) }); broke != nil {
		background.Report(w.Log, "delivery", broke)
		err = broke
	}
	return done, err
}

// backoff doubles from a second to ten minutes, with jitter.
func backoff(try int) time.Duration {
	wait := retryFirst << min(try-1, 12)
	wait = min(wait, retryMost)
	return wait/2 + secret.Jitter(wait/2)
}
