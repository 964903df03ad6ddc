package trunk

import (
	"errors"
	"fmt"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

const allowed = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE"

// serve answers what the trunk asks: of calls that we placed, and whether we are there.
// We take no calls.
func (l *line) serve() error {
	server, err := sipgo.NewServer(l.ua)
	if err != nil {
		return err
	}
	server.OnBye(l.ofCall(func(c *Call, req *sip.Request, tx sip.ServerTransaction) { _ = c.session.ReadBye(req, tx) }))
	server.OnInfo(l.ofCall(func(c *Call, req *sip.Request, tx sip.ServerTransaction) {
		c.info(req)
		reply(req, tx, 200, "OK")
	}))
	server.OnInvite(func(req *sip.Request, tx sip.ServerTransaction) {
		if to := req.To(); to == nil || !to.Params.Has("tag") {
			l.o.Log.Info("trunk: a call to us was refused")
			reply(req, tx, 403, "Forbidden")
			return
		}
		l.ofCall((*Call).offered)(req, tx)
	})
	server.OnUpdate(l.ofCall((*Call).offered))
	server.OnAck(func(req *sip.Request, _ sip.ServerTransaction) {
		if c := l.call(req); c != nil && len(req.Body()) > 0 { // the answer to our offer
			if far, err := readMedia(req.Body(), l.o.Laws); err == nil {
				c.voice.to(far)
			}
		}
	})
	server.OnOptions(func(req *sip.Request, tx sip.ServerTransaction) { reply(req, tx, 200, "OK") })
	server.OnCancel(func(req *sip.Request, tx sip.ServerTransaction) {
		reply(req, tx, 481, "Call/Transaction Does Not Exist")
	})
	if l.socket == nil {
		return nil
	}
	go func() { _ = server.ServeUDP(l.socket) }() // until it is closed
	for range 1000 {                              // what is sent before would be sent from another socket
		if conn, err := l.ua.TransportLayer().GetConnection("udp", l.socket.LocalAddr().String()); err == nil && conn != nil {
			return nil
		}
		time.Sleep(time.Millisecond)
	}
	return errors.New("the socket is not served")
}

// call finds the call that a request is of, or nil.
func (l *line) call(req *sip.Request) *Call {
	id, err := sip.DialogIDFromRequestUAC(req)
	if err != nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls[id]
}

// ofCall lets requests through that are of a call of ours.
func (l *line) ofCall(h func(c *Call, req *sip.Request, tx sip.ServerTransaction)) sipgo.RequestHandler {
	return func(req *sip.Request, tx sip.ServerTransaction) {
		defer func() {
			if trouble := recover(); trouble != nil {
				l.o.Log.Error("trunk: a request broke", "method", req.Method, "trouble", fmt.Sprint(trouble))
			}
		}()
		if c := l.call(req); c != nil {
			h(c, req, tx)
			return
		}
		reply(req, tx, 481, "Call/Transaction Does Not Exist")
	}
}

func reply(req *sip.Request, tx sip.ServerTransaction, status int, reason string) {
	res := sip.NewResponseFromRequest(req, status, reason, nil)
	res.AppendHeader(sip.NewHeader("Allow", allowed))
	_ = tx.Respond(res) // who does not get it asks again
}

// info takes a key that comes as INFO. Who sends telephone events sends the same key again
// so, if at all.
func (c *Call) info(req *sip.Request) {
	kind := req.ContentType()
	if kind == nil || c.voice.events.Load() {
		return
	}
	c.voice.pressed(infoKey(kind.Value(), req.Body()))
}

// offered answers a description that comes while the call goes on: of another far end, or
// on hold and back (RFC 3264 section 8). Without one, it is asked for ours.
func (c *Call) offered(req *sip.Request, tx sip.ServerTransaction) {
	res := sip.NewResponseFromRequest(req, 200, "OK", nil)
	switch body := req.Body(); {
	case len(body) > 0:
		far, err := readMedia(body, c.line.o.Laws)
		if err != nil {
			reply(req, tx, 488, "Not Acceptable Here")
			return
		}
		c.voice.to(far)
		res.SetBody(describe(c.sdp, int(c.version.Add(1)), c.at(), []Law{far.law}, far.event, far.mirrored()))
	case req.Method == sip.INVITE:
		res.SetBody(c.offer())
	}
	if len(res.Body()) > 0 {
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	res.AppendHeader(sip.HeaderClone(c.session.InviteRequest.Contact()))
	res.AppendHeader(sip.NewHeader("Allow", allowed))
	_ = tx.Respond(res)
}
