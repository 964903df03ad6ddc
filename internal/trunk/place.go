package trunk

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

const byeWithin = 3 * time.Second

// Place calls a number, E.164, and returns with the trunk's first answer, which mostly only
// says that it tries. The error is *Refusal; ErrDown, ErrFull or ErrNumber where nothing
// was sent; ErrSilent where it is not known what became of it; or the network's.
func (t *Trunk) Place(ctx context.Context, number string) (*Call, error) {
	if !e164.MatchString(number) {
		return nil, ErrNumber
	}
	l, err := t.ready()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, t.o.Timers.First)
	defer cancel()
	c, err := l.invite(ctx, number)
	if err != nil {
		return nil, err
	}
	select {
	case <-c.first:
		return c, nil
	case <-c.ended:
		if isDone(c.first) { // both came at once
			return c, nil
		}
		return nil, c.Why()
	case <-ctx.Done():
		c.end(ErrSilent)
		c.onHang()
		return nil, ErrSilent
	}
}

// invite sends the request, and follows it from then on.
func (l *line) invite(ctx context.Context, number string) (*Call, error) {
	conn, err := openVoice(l.bind, l.o.FirstPort, l.o.LastPort)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDown, err)
	}
	c := newCall(l)
	c.voice = newVoice(conn, l.isPeer)
	to := sip.Uri{Scheme: "sip", User: l.o.dialled(number), Host: l.o.Domain}
	to.UriParams.Add("user", "phone")
	req := l.request(sip.INVITE, to)
	from := req.From()
	from.DisplayName, from.Address = l.o.Name, sip.Uri{Scheme: "sip", User: l.o.From, Host: l.o.Domain}
	req.AppendHeader(sip.NewHeader("P-Asserted-Identity", "<"+from.Address.String()+">")) // RFC 3325: trunks believe it rather than From
	req.AppendHeader(sip.NewHeader("Allow", allowed))
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(c.offer())
	c.session, err = l.early.WriteInvite(ctx, req)
	if err != nil {
		c.voice.close()
		return nil, fmt.Errorf("%w: %w", ErrDown, l.explained(err)) // of the network: nothing went out
	}
	l.begin(c)
	go c.follow()
	return c, nil
}

func (c *Call) offer() []byte {
	return describe(c.sdp, int(c.version.Add(1)), c.at(), c.line.o.Laws, eventType, "sendrecv")
}

// at is where we take voice.
func (c *Call) at() netip.AddrPort {
	_, port := hostPort(c.voice.conn.LocalAddr().String())
	return netip.AddrPortFrom(c.line.host, uint16(port))
}

func (l *line) begin(c *Call) {
	l.t.live.Add(1)
	l.busy.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all[c] = true
}

func (l *line) leave(c *Call) {
	l.mu.Lock()
	delete(l.all, c)
	delete(l.calls, c.session.ID)
	l.mu.Unlock()
	l.t.live.Add(-1)
	l.busy.Done()
}

// follow waits for the answer, and then for the end. It is what sends CANCEL, ACK and BYE.
func (c *Call) follow() {
	defer c.line.leave(c)
	defer c.session.Close()
	defer func() { // what a far end says must not end the program
		if trouble := recover(); trouble != nil {
			c.line.o.Log.Error("trunk: a call broke", "trouble", fmt.Sprint(trouble), "stack", string(debug.Stack()))
			c.end(ErrLost)
			c.voice.close()
		}
	}()
	whole := c.until(c.line.o.Timers.Whole, ErrTooLong)
	defer whole.Stop()
	c.session.OnState(func(s sip.DialogState) {
		if s == sip.DialogStateEstablished {
			c.line.mu.Lock()
			defer c.line.mu.Unlock()
			c.line.calls[c.session.ID] = c
		}
	})
	err := c.waitAnswer()
	if c.session.InviteResponse == nil || !c.session.InviteResponse.IsSuccess() {
		c.end(failed(err))
		c.voice.close()
		return
	}
	// It may have been answered just when it was hung up: then it is accepted, and ended.
	c.session.UA = &c.line.dialog
	accepted := make(chan error, 1)
	go func() { accepted <- c.session.Ack(context.Background()) }()
	select {
	case err = <-accepted:
	case <-time.After(byeWithin): // of a stream to where the far end says that it is
		err = ErrSilent
	}
	if err != nil {
		c.end(ErrLost)
	}
	if c.Why() == nil {
		c.talk()
	}
	c.voice.close()
	if err == nil && c.session.Context().Err() == nil {
		c.bye()
	}
}

// waitAnswer waits for the final answer; it sends CANCEL when the call is hung up before.
func (c *Call) waitAnswer() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ring := c.until(c.line.o.Timers.First+c.line.o.Timers.Ring, ErrNoAnswer) // and from its first answer on, the time to ring
	defer ring.Stop()
	go func() {
		select {
		case <-c.hang:
			cancel()
		case <-ctx.Done():
		}
	}()
	options := sipgo.AnswerOptions{Username: c.line.o.Username, Password: c.line.o.Password, OnResponse: func(res *sip.Response) error {
		code := res.StatusCode
		if news := code > 100 && !isDone(c.ringing) || !isDone(c.first); news && code < 200 {
			ring.Reset(c.line.o.Timers.Ring)
		}
		if code > 100 && code < 200 {
			c.onRing()
			c.hear(res)
		}
		if code < 300 {
			c.onFirst()
		}
		return nil
	}}
	for { // it gives up after so many answers, of which a patient trunk may send more
		err := c.session.WaitAnswer(ctx, options)
		if r := c.session.InviteResponse; err != nil && ctx.Err() == nil && strings.Contains(err.Error(), "more than 10 responses") && r != nil && r.IsProvisional() {
			continue
		}
		return err
	}
}

func isDone(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// hear takes voice that comes before the answer.
func (c *Call) hear(res *sip.Response) {
	if len(res.Body()) == 0 {
		return
	}
	if far, err := readMedia(res.Body(), c.line.o.Laws); err == nil {
		c.early = far
		c.voice.to(far)
	}
}

// failed is why there was no call.
func failed(err error) error {
	if refused, ok := errors.AsType[*sipgo.ErrDialogResponse](err); ok {
		return refusal(refused.Res.StatusCode)
	}
	if err != nil && (strings.Contains(err.Error(), "timed out") || strings.Contains(err.Error(), "timeout")) {
		return ErrSilent
	}
	return ErrLost
}

// talk is the call from its answer to its end.
func (c *Call) talk() {
	far := c.early
	if body := c.session.InviteResponse.Body(); len(body) > 0 || !far.addr.IsValid() {
		var err error
		if far, err = readMedia(body, c.line.o.Laws); err != nil {
			c.end(err)
			return
		}
	}
	c.voice.to(far)
	c.voice.begin()
	close(c.answered)
	select {
	case <-c.session.Context().Done():
		c.end(ErrHungUp)
	case <-c.hang:
	}
}

// bye ends it at the far end, too, with credentials where they are asked for.
func (c *Call) bye() {
	ctx, cancel := context.WithTimeout(context.Background(), byeWithin)
	defer cancel()
	err := c.session.Bye(ctx)
	refused, ok := errors.AsType[sipgo.ErrDialogResponse](err)
	if !ok || refused.Res.StatusCode != 401 && refused.Res.StatusCode != 407 || c.line.o.Password == "" {
		return
	}
	to := c.session.InviteRequest.Recipient
	if contact := c.session.InviteResponse.Contact(); contact != nil {
		to = contact.Address
	}
	req := sip.NewRequest(sip.BYE, to)
	if res, err := c.session.Do(ctx, req); err == nil && (res.StatusCode == 401 || res.StatusCode == 407) {
		_, _ = c.line.client.DoDigestAuth(ctx, req, res, sipgo.DigestAuth{Username: c.line.o.Username, Password: c.line.o.Password})
	}
}
