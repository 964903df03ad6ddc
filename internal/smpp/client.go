package smpp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// Options of a client.
type Options struct {
	Address         string      // host:port of the message centre
	TLS             *tls.Config // nil: in clear, as most are reached, through a tunnel
	SystemID        string
	Password        string
	SystemType      string
	Source          Source
	Alphabet        Alphabet      // default: Default
	Window          int           // messages under way at once; default 10
	EnquireEvery    time.Duration // how often the link is tested; default 30 s
	DecimalReceipts bool          // receipts give ids in decimal that submit_sm_resp gave in hexadecimal
	OnReceipt       func(Receipt) // called one at a time
	OnState         func(error)   // a session began (nil), or ended or could not be made
}

// Source is whom a text is from.
type Source struct {
	TON, NPI byte // type of number, numbering plan (§5.2.5, §5.2.6); 0, 0: the message centre's own
	Address  string
}

// ErrUnbound means that there is no session: nothing was sent.
var ErrUnbound = errors.New("no session with the message centre")

// ErrLost means that the answer was lost: the message may have been sent.
var ErrLost = errors.New("the session with the message centre broke")

// Client keeps one session with a message centre. Make it with New and run it.
type Client struct {
	o         Options
	window    chan struct{}
	mu        sync.Mutex
	session   *session
	last      error // why there is none
	reference byte
	changed   chan struct{} // closed when there is a session
}

// New makes a client. Nothing is connected before Run.
func New(o Options) *Client {
	if o.Window == 0 {
		o.Window = 10
	}
	if o.EnquireEvery == 0 {
		o.EnquireEvery = 30 * time.Second
	}
	if o.OnState == nil {
		o.OnState = func(error) {}
	}
	if o.OnReceipt == nil {
		o.OnReceipt = func(Receipt) {}
	}
	return &Client{o: o, window: make(chan struct{}, o.Window), last: ErrUnbound, changed: make(chan struct{})}
}

const (
	reconnectFirst = 500 * time.Millisecond
	reconnectMost  = 15 * time.Second
	bindWithin     = 5 * time.Second
	answerWithin   = 10 * time.Second // to an enquire_link
)

// Run keeps the session up until ctx ends, and leaves with an unbind.
func (c *Client) Run(ctx context.Context) {
	wait := reconnectFirst
	for ctx.Err() == nil {
		s, err := c.bind(ctx)
		if err == nil {
			wait = reconnectFirst
			c.set(s, nil)
			c.o.OnState(nil)
			err = s.run(ctx, c.o.EnquireEvery)
		}
		c.set(nil, err)
		if ctx.Err() == nil {
			c.o.OnState(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(2*wait, reconnectMost)
	}
}

func (c *Client) set(s *session, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session, c.last = s, err
	if s != nil {
		close(c.changed)
		c.changed = make(chan struct{})
	}
}

// State returns nil while there is a session, and otherwise why there is none.
func (c *Client) State() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session != nil && c.session.alive() {
		return nil
	}
	return errors.Join(ErrUnbound, c.last)
}

// Bound waits until there is a session.
func (c *Client) Bound(ctx context.Context) error {
	for {
		c.mu.Lock()
		changed := c.changed
		c.mu.Unlock()
		err := c.State()
		if err == nil {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return err
		}
	}
}

// Check binds a session of its own and leaves it: for a look whether that works.
func (c *Client) Check(ctx context.Context) error {
	s, err := c.bind(ctx)
	if err != nil {
		return err
	}
	s.leave()
	return nil
}

// bind connects and binds (§4.1.5).
func (c *Client) bind(ctx context.Context) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, bindWithin)
	defer cancel()
	dialer := &net.Dialer{}
	dial := dialer.DialContext
	if c.o.TLS != nil {
		dial = (&tls.Dialer{NetDialer: dialer, Config: c.o.TLS}).DialContext
	}
	conn, err := dial(ctx, "tcp", c.o.Address)
	if err != nil {
		return nil, err
	}
	s := newSession(conn, c.receipt)
	var w writer
	w.text(c.o.SystemID)
	w.text(c.o.Password)
	w.text(c.o.SystemType)
	w.octets(0x34, 0, 0) // interface_version, addr_ton, addr_npi
	w.text("")           // address_range
	answer, err := s.ask(ctx, bindTransceiver, w.Bytes())
	if err == nil && answer.status != 0 {
		err = Status(answer.status)
	}
	if err != nil {
		s.close(err)
		return nil, err
	}
	return s, nil
}

func (c *Client) receipt(r Receipt) {
	if c.o.DecimalReceipts {
		r.ID = hexID(r.ID)
	}
	r.ID = sameID(r.ID)
	c.o.OnReceipt(r)
}

const (
	throttledTries = 4
	throttledWait  = 150 * time.Millisecond // doubles
)

// Submit hands a message over, in as many parts as it takes, and returns their ids. The
// error is a Status where the message centre refused, ErrUnbound where nothing was sent,
// and otherwise means that it is not known. A message centre that says that it is
// throttled is asked again, a few times.
func (c *Client) Submit(ctx context.Context, m Message) (ids []string, err error) {
	select {
	case c.window <- struct{}{}:
		defer func() { <-c.window }()
	case <-ctx.Done():
		return nil, errors.Join(ErrUnbound, errors.New("the window is full"))
	}
	c.mu.Lock()
	s := c.session
	c.reference++
	reference := c.reference
	c.mu.Unlock()
	if s == nil {
		return nil, c.State()
	}
	for i, p := range m.parts(c.o.Alphabet, reference) {
		id, err := c.submit(ctx, s, m, p)
		if err != nil && i > 0 {
			return ids, errors.Join(ErrLost, err) // some parts are out
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (c *Client) submit(ctx context.Context, s *session, m Message, p part) (id string, err error) {
	wait := throttledWait
	for try := 1; ; try++ {
		answer, err := s.ask(ctx, submitSM, c.o.submit(m, p))
		switch {
		case err != nil:
			return "", err
		case answer.status == 0:
			return sameID((&reader{rest: answer.body}).text()), nil
		case Status(answer.status) != statusThrottled || try == throttledTries:
			return "", Status(answer.status)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return "", Status(answer.status)
		}
		wait *= 2
	}
}
