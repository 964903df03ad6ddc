package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"sallyport/bench/drive"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

const (
	clicks      = 200                   // on “Send Code”, one after the other
	queued      = 3000                  // messages that one worker finds at once
	carrierTime = 50 * time.Millisecond // that the carrier takes to accept one of those
)

// handOff measures the time from the click on “Send Code” to the carrier, on a machine
// that does nothing else.
func (r *runCommand) handOff(place *place, inbox *drive.Inbox) (out result, err error) {
	server, err := start(place, inbox, r.profile("hand-off-"+place.database))
	if err != nil {
		return out, err
	}
	defer server.stop()
	if err := server.warm(); err != nil {
		return out, err
	}
	w := &worker{place: place, server: server, inbox: inbox}
	pid := server.cmd.Process.Pid
	used, usedDatabase, began := cpuOf(pid), cpuOfTree(place.pid), time.Now()
	var took []time.Duration
	for n := range clicks + 5 {
		p := w.next()
		if err := p.Begin("sign-in-phone"); err != nil {
			return out, err
		}
		if err := p.Step(); err != nil { // the password
			return out, err
		}
		mark, clicked := inbox.Mark(p.Phone), time.Now()
		if err := p.Visitor.Press("send_code"); err != nil {
			return out, err
		}
		got, ok := inbox.Next(p.Phone, false, mark, 10*time.Second)
		if !ok {
			out.Failed++
			continue
		}
		if n >= 5 { // connections, prepared statements
			took = append(took, got.At.Sub(clicked))
		}
		if err := p.Visitor.Press("verify", "code", got.Code); err != nil {
			return out, err
		}
	}
	slices.Sort(took)
	out.Scenario, out.Database, out.Clients = "hand-off", place.database, 1
	out.Journeys = float64(len(took)) / time.Since(began).Seconds()
	out.P50, out.P95, out.P99 = percentile(took, .50), percentile(took, .95), percentile(took, .99)
	out.CPUServer = ms(cpuOf(pid)-used) / clicks
	out.CPUDatabase = ms(cpuOfTree(place.pid)-usedDatabase) / clicks
	out.PeakRSS = peakRSS(pid)
	return out, nil
}

// messages measures how many texts a second one worker hands over that find it all at
// once, with a carrier that takes its time.
func (r *runCommand) messages(ctx context.Context, place *place, inbox *drive.Inbox) (out result, err error) {
	if err := place.queue(ctx, queued); err != nil {
		return out, err
	}
	inbox.Delay.Store(int64(carrierTime))
	defer inbox.Delay.Store(0)
	mark := inbox.Mark(queuedTo)
	server, err := start(place, inbox, r.profile("messages-"+place.database))
	if err != nil {
		return out, err
	}
	defer server.stop()
	pid := server.cmd.Process.Pid
	first, ok := inbox.Next(queuedTo, false, mark, 10*time.Second)
	used, usedDatabase := cpuOf(pid), cpuOfTree(place.pid)
	if !ok {
		return out, fmt.Errorf("no message was handed over")
	}
	last, ok := inbox.Next(queuedTo, false, mark+queued-1, 2*time.Minute)
	if !ok {
		return out, fmt.Errorf("%d of %d messages were handed over", inbox.Mark(queuedTo)-mark, queued)
	}
	long := last.At.Sub(first.At)
	out.Scenario, out.Database, out.Clients = "messages", place.database, 1
	out.Journeys = float64(queued-1) / long.Seconds()
	out.CPUServer = ms(cpuOf(pid)-used) / queued
	out.CPUDatabase = ms(cpuOfTree(place.pid)-usedDatabase) / queued
	out.Cores = (cpuOf(pid) - used).Seconds() / long.Seconds()
	out.PeakRSS = peakRSS(pid)
	return out, nil
}

// queuedTo is a number that nobody has.
const queuedTo = "+12025550199"

// queue puts n texts into the outbox.
func (p *place) queue(ctx context.Context, n int) error {
	c := (&serveCommand{Data: p.dir, Database: p.address, Listen: "localhost:1"}).settings()
	keys, err := secret.LoadKeys(c.KeysFile)
	if err != nil {
		return err
	}
	db, err := sqldb.Open(ctx, p.address, sqldb.Options{Clock: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return err
	}
	defer db.Close()
	s := &store.Store{DB: db, Keys: keys}
	for n > 0 {
		batch := min(n, 200)
		n -= batch
		err := s.Write(ctx, func(tx *sqldb.Tx) error {
			for range batch {
				m := delivery.Message{ID: secret.TimeID(tx.Now), Kind: delivery.Notice, Channel: "sms", To: queuedTo, Country: "US", Text: "A notice.", Code: "000000", Lang: "en", Expires: tx.Now.Add(time.Hour)}
				if err := s.InsertMessage(tx, m); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
