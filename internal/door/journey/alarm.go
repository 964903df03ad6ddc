package journey

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// Alarm notices that somebody tries stolen passwords on us (T-07): wrong passwords by
// the hundred, from everywhere, that no completed sign-ins stand against. While it is
// on, networks from which nobody has completed a sign-in lately have a few wrong
// passwords each instead of hundreds. Everybody else, and every known browser, goes on
// as before.
//
// Each replica counts in memory and adds to one sum every few seconds: what is
// counted on every sign-in must not be one row for all.
type Alarm struct {
	engine  *Engine
	replica string
	on      atomic.Bool

	mu                  sync.Mutex
	failures, completed int64
	networks            map[string][]byte
}

const (
	alarmWindow  = 5 * time.Minute     // that failures and completed sign-ins are compared over
	knownNetwork = 30 * 24 * time.Hour // how long a completed sign-in speaks for its network
	strangeFor   = time.Hour           // that a strange network's few wrong passwords last
	flushAlarm   = 5 * time.Second
)

func newAlarm(e *Engine) *Alarm {
	return &Alarm{engine: e, replica: secret.ID(), networks: map[string][]byte{}}
}

func (a *Alarm) failed() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.failures++
}

func (a *Alarm) signedIn(network string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.completed++
	a.networks[network] = a.key(network)
}

func (a *Alarm) key(network string) []byte {
	return a.engine.Store.Keys.Hash("known network", network)
}

// On tells whether it is on, as of the last flush.
func (a *Alarm) On() bool { return a.on.Load() }

// Run adds what was counted to the common sum until ctx ends, and once more then.
func (a *Alarm) Run(ctx context.Context) { a.engine.flushing(ctx, "alarm", flushAlarm, a.Flush) }

// flushing calls flush every so often until ctx ends, and once more then.
func (e *Engine) flushing(ctx context.Context, what string, every time.Duration, flush func(context.Context) error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			ctx = context.WithoutCancel(ctx)
		case <-tick.C:
		}
		if err := flush(ctx); err != nil {
			e.Log.Warn("counts not added", "of", what, "error", err)
		}
		if ctx.Done() == nil {
			return
		}
	}
}

// Flush adds what was counted to the common sum, and looks whether the alarm is due.
func (a *Alarm) Flush(ctx context.Context) error {
	a.mu.Lock()
	failures, completed, networks := a.failures, a.completed, a.networks
	a.failures, a.completed, a.networks = 0, 0, map[string][]byte{}
	a.mu.Unlock()
	s := a.engine.Store
	if failures+completed > 0 {
		err := s.Write(ctx, func(tx *sqldb.Tx) error {
			for _, key := range networks {
				if err := s.KnowNetwork(tx, key); err != nil {
					return err
				}
			}
			return s.AddPulse(tx, a.replica, failures, completed)
		})
		if err != nil {
			a.putBack(failures, completed, networks)
			return err
		}
	}
	failed, done, err := s.Pulse(s.Read(ctx), alarmWindow)
	if err != nil {
		return err
	}
	due := failed >= int64(a.engine.Settings.Limits.AlarmFailures) && failed > 2*done
	if a.on.Swap(due) == due {
		return nil
	}
	kind := audit.AlarmEnded
	if due {
		kind = audit.AlarmRaised
	}
	a.engine.Log.Warn("stolen passwords", "event", kind, "wrong", failed, "completed", done)
	return s.Write(ctx, func(tx *sqldb.Tx) error {
		return s.Record(tx, audit.Row{Type: kind, Detail: map[string]string{"wrong": fmt.Sprint(failed), "completed": fmt.Sprint(done)}})
	})
}

// putBack keeps what could not be added for the next time.
func (a *Alarm) putBack(failures, completed int64, networks map[string][]byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.failures, a.completed = a.failures+failures, a.completed+completed
	maps.Copy(a.networks, networks)
}

// strangeTokens are what one more password costs a network that nobody completed a
// sign-in from, while the alarm is on: of its own, and of its neighborhood's.
func (r *Run) strangeTokens() ([]store.Token, error) {
	if !r.alarm.On() {
		return nil, nil
	}
	known, err := r.Store.NetworkKnown(r.Tx, r.alarm.key(r.Client.Network), knownNetwork)
	if err != nil || known {
		return nil, err
	}
	few := r.Settings.Limits.StrangeFailures
	return []store.Token{
		store.NewToken("failures of a strange address", r.Store.Keys.Hash("rate", "strange", r.Client.Network), few, strangeFor),
		store.NewToken("failures of a strange neighborhood", r.Store.Keys.Hash("rate", "strange", neighborhood(r.Client.Address)), 4*few, strangeFor),
	}, nil
}

// neighborhood is the IPv4 /24 or IPv6 /48 of an address.
func neighborhood(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return address
	}
	return p.String()
}
