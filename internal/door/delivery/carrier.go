package delivery

import (
	"context"
	"math"
	"slices"
	"time"
)

// Carrier is a channel with what the operator says of it, and how it does.
type Carrier struct {
	Channel
	Countries  []string // regions (ISO 3166) that it is for; none: all
	Price      int64    // of one segment, in millionths of the operator's currency
	handing    breaker  // does it accept?
	delivering breaker  // and what it accepts, does that arrive?
}

// NewCarrier makes a carrier for all countries, at no price.
func NewCarrier(c Channel) *Carrier {
	return &Carrier{Channel: c, handing: breaker{most: 3}, delivering: breaker{most: 5}}
}

// NewRouter makes a carrier of a channel that has many far ends, of which a dead one says
// nothing about the others.
func NewRouter(c Channel) *Carrier {
	return &Carrier{Channel: c, handing: breaker{most: math.MaxInt}, delivering: breaker{most: math.MaxInt}}
}

// Health of a carrier, as this process sees it.
type Health string

const (
	Good    Health = "good"
	Silent  Health = "down"  // it does not accept messages
	Useless Health = "lying" // it accepts, and says afterwards that nothing arrived
)

// Health tells how the carrier does.
func (c *Carrier) Health() Health {
	switch {
	case c.handing.isOpen():
		return Silent
	case c.delivering.isOpen():
		return Useless
	}
	return Good
}

func (c *Carrier) ready(now time.Time) bool { return c.handing.ready(now) && c.delivering.ready(now) }

// serves tells whether the carrier is for this country.
func (c *Carrier) serves(country string) bool {
	return len(c.Countries) == 0 || country == "" || slices.Contains(c.Countries, country)
}

// Channels are the carriers for each of email, sms and voice, in the order in
// which they are tried.
type Channels map[string][]*Carrier

// Plain makes carriers of channels.
func Plain(channels ...Channel) (list []*Carrier) {
	for _, c := range channels {
		list = append(list, NewCarrier(c))
	}
	return list
}

// Has tells whether anything carries this kind.
func (c Channels) Has(channel string) bool { return len(c[channel]) > 0 }

// Named returns a carrier, or nil.
func (c Channels) Named(channel, name string) *Carrier {
	for _, carrier := range c[channel] {
		if carrier.Name() == name {
			return carrier
		}
	}
	return nil
}

// Run runs the channels that have work of their own, until ctx ends.
func (c Channels) Run(ctx context.Context, spawn func(func())) {
	for _, carriers := range c {
		for _, carrier := range carriers {
			if r, ok := carrier.Channel.(Runner); ok {
				spawn(func() { r.Run(ctx) })
			}
		}
	}
}

// remaining are the carriers that may take a message to this country and have not had it.
func (c Channels) remaining(channel, country string, tried []string) (list []*Carrier) {
	for _, carrier := range c[channel] {
		if carrier.serves(country) && !slices.Contains(tried, carrier.Name()) {
			list = append(list, carrier)
		}
	}
	return list
}
