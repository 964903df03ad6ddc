package admin

import (
	"context"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/store"
	"sallyport/internal/sqldb"
)

// Delivery is how messages go out: what staff may see of it.
type Delivery struct {
	At       time.Time
	Since    time.Time
	Currency string
	Carriers []Carrier
	Paused   []Paused
	Budget   []store.Spent // of today
	Counts   []store.Delivered
}

// Carrier is one carrier, as the replica that was asked sees it.
type Carrier struct {
	Channel, Name string
	Health        string // good, down, lying
	Countries     []string
	Price         int64 // of a segment, in millionths of the currency
}

// Paused is where numbers that nobody has proven wait, because codes there are not used.
type Paused struct{ Channel, Country string }

// Outgoing is where an Admin learns of delivery. The zero value knows nothing.
type Outgoing struct {
	Currency string
	Carriers func() []Carrier
	Paused   func() []Paused
	Budget   func(tx *sqldb.Tx) ([]store.Spent, error)
}

// daysOfDelivery are how far back staff may look.
var daysOfDelivery = []int{1, 7, 30}

// DeliveryOf is how messages went out over the last 1, 7 or 30 days. For staff alone.
func (a *Admin) DeliveryOf(ctx context.Context, by Actor, days int) (*Delivery, error) {
	x := &act{Admin: a, tx: a.Store.Read(ctx), by: by}
	if err := x.staff(account.HelpDesk, account.Reviewer, account.BreakGlass); err != nil {
		return nil, a.concluded(ctx, by, "delivery", "", err)
	}
	known := daysOfDelivery[0]
	for _, d := range daysOfDelivery {
		if d == days {
			known = d
		}
	}
	d := &Delivery{At: x.tx.Now, Since: x.tx.Now.AddDate(0, 0, -known), Currency: a.Outgoing.Currency}
	var err error
	if d.Counts, err = a.Store.Deliveries(x.tx, d.Since); err != nil {
		return nil, err
	}
	if a.Outgoing.Carriers != nil {
		d.Carriers, d.Paused = a.Outgoing.Carriers(), a.Outgoing.Paused()
		d.Budget, err = a.Outgoing.Budget(x.tx)
	}
	return d, err
}
