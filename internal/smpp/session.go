package smpp

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// session is one bound connection.
type session struct {
	conn     net.Conn
	receipts chan Receipt
	ended    chan struct{}
	sequence atomic.Uint32
	writing  sync.Mutex
	mu       sync.Mutex
	waiting  map[uint32]chan pdu
	err      error // why it ended
}

// mostReceipts wait for whoever takes them; then the message centre does: it is not
// answered before there is room, and sends again what was not answered.
const mostReceipts = 1000

func newSession(conn net.Conn, onReceipt func(Receipt)) *session {
	s := &session{conn: conn, receipts: make(chan Receipt, mostReceipts), ended: make(chan struct{}), waiting: map[uint32]chan pdu{}}
	go s.read()
	go func() {
		for {
			select {
			case r := <-s.receipts:
				onReceipt(r)
			case <-s.ended:
				for { // what was acknowledged is not lost
					select {
					case r := <-s.receipts:
						onReceipt(r)
					default:
						return
					}
				}
			}
		}
	}()
	return s
}

func (s *session) alive() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// run tests the link now and then, until it breaks or ctx ends.
func (s *session) run(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			s.leave()
			return ErrUnbound
		case <-s.ended:
			return s.err
		case <-tick.C:
			test, cancel := context.WithTimeout(ctx, answerWithin)
			_, err := s.ask(test, enquireLink, nil)
			cancel()
			if err != nil && ctx.Err() == nil {
				s.close(errors.Join(errors.New("enquire_link was not answered"), err))
			}
		}
	}
}

// leave unbinds and closes (§4.2).
func (s *session) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	s.ask(ctx, unbind, nil)
	s.close(ErrUnbound)
}

// close ends the session once; whoever waits for an answer is told.
func (s *session) close(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return
	}
	s.err = why
	s.conn.Close()
	close(s.ended)
}

// ask sends a request and waits for its answer. The error is ErrUnbound where nothing
// was sent, and ErrLost where it may have been.
func (s *session) ask(ctx context.Context, command uint32, body []byte) (pdu, error) {
	p := pdu{command: command, sequence: s.sequence.Add(1) & 0x7fffffff, body: body}
	answer := make(chan pdu, 1)
	s.mu.Lock()
	s.waiting[p.sequence] = answer
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.waiting, p.sequence)
		s.mu.Unlock()
	}()
	if !s.alive() {
		return pdu{}, ErrUnbound
	}
	if err := s.write(p); err != nil {
		return pdu{}, errors.Join(ErrLost, err)
	}
	select {
	case got := <-answer:
		return got, nil
	case <-s.ended:
		return pdu{}, errors.Join(ErrLost, s.err)
	case <-ctx.Done():
		return pdu{}, errors.Join(ErrLost, ctx.Err())
	}
}

func (s *session) write(p pdu) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.conn.SetWriteDeadline(time.Now().Add(bindWithin))
	_, err := s.conn.Write(p.encode())
	if err != nil {
		s.close(err)
	}
	return err
}

// read takes what the message centre sends: answers go to who asked, its own requests
// are answered at once.
func (s *session) read() {
	for {
		p, err := readPDU(s.conn)
		if err != nil {
			s.close(err)
			return
		}
		switch {
		case p.command&response != 0:
			s.mu.Lock()
			to := s.waiting[p.sequence]
			s.mu.Unlock()
			if p.command == genericNack && p.status == 0 {
				p.status = uint32(statusSystem)
			}
			if to != nil {
				to <- p // has room for one, and the sequence is taken out after it
				s.mu.Lock()
				delete(s.waiting, p.sequence)
				s.mu.Unlock()
			}
		case p.command == deliverSM:
			s.deliver(p)
		case p.command == enquireLink:
			s.write(pdu{command: p.command | response, sequence: p.sequence})
		case p.command == unbind:
			s.write(pdu{command: p.command | response, sequence: p.sequence})
			s.close(errors.New("the message centre ended the session"))
			return
		default:
			s.write(pdu{command: genericNack, status: 3, sequence: p.sequence}) // invalid command id
		}
	}
}

func (s *session) deliver(p pdu) {
	receipt, ok, err := parseDeliver(p.body)
	if ok && err == nil {
		select {
		case s.receipts <- receipt:
		case <-s.ended:
			return
		}
	}
	s.write(pdu{command: deliverSM | response, sequence: p.sequence, body: []byte{0}}) // message_id: unused
}
