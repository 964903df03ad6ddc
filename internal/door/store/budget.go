package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"sallyport/internal/door/delivery"
	"sallyport/internal/sqldb"
)

// Budget is what may be spent a day (UTC), by all replicas together (T-11). 0: nothing.
type Budget struct {
	Messages  map[string]int64 // by channel
	Money     int64            // millionths of the operator's currency
	Strangers int              // percent of either that strangers' messages may take a day; a sixth of that an hour
	Reserve   int              // percent of either that only sign-in codes and security notices may take
}

// Purse gives out a day's budget. Each replica takes it in slices, so that messages do not
// queue for one row; what a replica took and did not spend when it died is lost for the day.
type Purse struct {
	Store  *Store
	Budget Budget
	Log    *slog.Logger
	OnLow  func(k string, percent int) // so much of it is gone: 80, or 100
	mu     sync.Mutex
	day    string
	left   map[string]int64
	spent  map[string]refusal // budgets that had nothing left a moment ago
	low    chan struct{}      // slices are to be taken before they are needed
}

// refusal is when a budget had less than this amount left.
type refusal struct {
	at     time.Time
	amount int64
}

// askAgain is how long a spent budget is taken as spent. Strangers whose share is gone cost no
// transaction each, and nobody's code waits for those. Another replica may give some back.
const askAgain = time.Minute

// sliced is how many a budget is cut into.
const sliced = 100

const (
	budgetLow      = 80 // per cent
	strangersHours = 6  // strangers need at least this many hours to spend their share of the day
)

// need is what one message takes of one budget.
type need struct {
	k             string
	amount, limit int64
}

// needs returns what one message takes, of each budget that its class is counted in. Every
// message is counted in the whole budget. Only sign-in codes and security notices may spend all
// of that: the rest shares what is not reserved, and strangers have a part of that rest.
func (p *Purse) needs(s delivery.Spending) []need {
	list := p.shares(s, s.Channel, 1, p.Budget.Messages[s.Channel])
	if s.Cost > 0 {
		list = append(list, p.shares(s, "money", s.Cost, p.Budget.Money)...)
	}
	return list
}

func (p *Purse) shares(s delivery.Spending, k string, amount, limit int64) []need {
	list := []need{{k, amount, limit}}
	if s.Class == delivery.SignInCode || s.Class == delivery.SecurityNotice {
		return list
	}
	list = append(list, need{k + " unreserved", amount, limit * int64(100-p.Budget.Reserve) / 100})
	if s.Class == delivery.Stranger {
		day := (limit*int64(p.Budget.Strangers) + 99) / 100 // rounded up, so that a small budget has a share too
		hour := (day + strangersHours - 1) / strangersHours
		list = append(list, need{k + " strange", amount, day}, need{k + " strange" + p.Store.DB.Now().UTC().Format(" 15h"), amount, hour})
	}
	return list
}

// Run takes slices before they are needed, so that nobody waits for that, until ctx ends.
func (p *Purse) Run(ctx context.Context) {
	p.mu.Lock()
	p.low = make(chan struct{}, 1)
	low := p.low
	p.mu.Unlock()
	for {
		select {
		case <-ctx.Done():
			return
		case <-low:
		}
		if err := p.Fill(ctx); err != nil && ctx.Err() == nil {
			p.Log.Error("delivery: the budget can't be read", "error", err)
		}
	}
}

// Fill takes the next slice of each budget that is at less than half of one.
func (p *Purse) Fill(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.today()
	var short []need
	for channel := range p.Budget.Messages {
		for _, n := range p.needs(delivery.Spending{Channel: channel, Class: delivery.Stranger, Cost: 1}) {
			if half := n.limit / sliced / 2; half > 0 && p.left[n.k] < half && !slices.ContainsFunc(short, func(o need) bool { return o.k == n.k }) {
				short = append(short, n)
			}
		}
	}
	if len(short) == 0 {
		return nil
	}
	return p.lease(ctx, short)
}

// today begins a new day where one has begun.
func (p *Purse) today() {
	if today := p.Store.DB.Now().UTC().Format(time.DateOnly); today != p.day {
		p.day, p.left, p.spent = today, map[string]int64{}, map[string]refusal{}
	}
}

// Spend takes what one message costs, all of it or none.
func (p *Purse) Spend(ctx context.Context, s delivery.Spending) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.today()
	needs := p.needs(s)
	var short []need
	for _, n := range needs {
		if p.left[n.k] >= n.amount {
			continue
		}
		if last, ok := p.spent[n.k]; ok && n.amount >= last.amount && p.Store.DB.Now().Sub(last.at) < askAgain {
			return nothingLeft(n)
		}
		short = append(short, n)
	}
	if len(short) > 0 {
		if err := p.lease(ctx, short); err != nil {
			p.Log.Error("delivery: the budget can't be read, so nothing is sent", "error", err)
			return &delivery.Refused{Temporary: true, Reason: "the budget can't be read"}
		}
	}
	for _, n := range needs {
		if p.left[n.k] < n.amount {
			return nothingLeft(n)
		}
	}
	for _, n := range needs {
		if p.left[n.k] -= n.amount; p.low != nil && p.left[n.k] < n.limit/sliced/2 {
			select {
			case p.low <- struct{}{}:
			default:
			}
		}
	}
	return nil
}

func nothingLeft(n need) error {
	return &delivery.Refused{Reason: "the day's budget is spent: " + n.k}
}

// Refund gives back what a message took that certainly did not go out.
func (p *Purse) Refund(s delivery.Spending) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range p.needs(s) {
		if p.left != nil {
			p.left[n.k] += n.amount
		}
	}
}

// lease takes the next slice of each.
func (p *Purse) lease(ctx context.Context, short []need) error {
	got := map[string][2]int64{}
	err := p.Store.Write(ctx, func(tx *sqldb.Tx) error {
		clear(got)
		for _, n := range short {
			for _, want := range []int64{max(n.amount, n.limit/sliced), n.amount} { // at the end, what is left
				var leased int64
				err := tx.QueryRow(`INSERT INTO budget (day, k, leased) SELECT $1, $2, CAST($3 AS BIGINT) WHERE CAST($3 AS BIGINT) <= CAST($4 AS BIGINT)
					ON CONFLICT (day, k) DO UPDATE SET leased = budget.leased + excluded.leased WHERE budget.leased + excluded.leased <= $4 RETURNING leased`,
					p.day, n.k, want, n.limit).Scan(&leased)
				if errors.Is(err, sql.ErrNoRows) {
					continue
				}
				if err != nil {
					return err
				}
				got[n.k] = [2]int64{want, leased}
				break
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, n := range short {
		take, ok := got[n.k]
		p.left[n.k] += take[0]
		if !ok {
			p.spent[n.k] = refusal{p.Store.DB.Now(), n.amount}
		}
		p.warn(n, take, ok)
	}
	return nil
}

// warn tells once that a budget runs low, and when it is spent.
func (p *Purse) warn(n need, took [2]int64, ok bool) {
	if p.OnLow == nil {
		return
	}
	line := n.limit * budgetLow / 100
	switch {
	case !ok:
		p.OnLow(n.k, 100)
	case took[1] >= line && took[1]-took[0] < line:
		p.OnLow(n.k, budgetLow)
	}
}

// Close gives back what this replica took and did not spend.
func (p *Purse) Close(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := p.left
	p.left, p.day = nil, ""
	return p.Store.Write(ctx, func(tx *sqldb.Tx) error {
		for k, n := range left {
			if n <= 0 {
				continue
			}
			if err := tx.Later(`UPDATE budget SET leased = leased - $1 WHERE day = $2 AND k = $3`, n, tx.Now.UTC().Format(time.DateOnly), k); err != nil {
				return err
			}
		}
		return nil
	})
}

// Spent is how much of a day's budget is taken.
type Spent struct {
	K           string
	Used, Limit int64
}

// Today returns how much of each budget is taken today; of other replicas, slices that
// are not spent yet included.
func (p *Purse) Today(tx *sqldb.Tx) (list []Spent, err error) {
	rows, err := tx.Query(`SELECT k, leased FROM budget WHERE day = $1`, tx.Now.UTC().Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	used := map[string]int64{}
	for rows.Next() {
		var k string
		var n int64
		if err := rows.Scan(&k, &n); err != nil {
			return nil, err
		}
		used[k] = n
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for k, left := range p.left {
		used[k] = max(0, used[k]-left)
	}
	for _, channel := range []string{"sms", "voice", "email"} {
		list = append(list, Spent{channel, used[channel], p.Budget.Messages[channel]})
	}
	return append(list, Spent{"money", used["money"], p.Budget.Money}), rows.Err()
}
