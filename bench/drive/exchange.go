package drive

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/pion/rtp"
)

// Exchange is everybody's telephone at the far end of a SIP trunk: it rings for a moment,
// is answered, sends silence as telephones do, and presses # when it is told.
type Exchange struct {
	ua     *sipgo.UserAgent
	socket net.PacketConn
	mu     sync.Mutex
	calls  map[string]*exchanged // by number
}

// exchanged is one call.
type exchanged struct {
	voice    *net.UDPConn
	answered time.Time
	got      int // packets
	press    chan struct{}
	over     chan struct{}
	end      func()
}

// OpenExchange starts one on loopback.
func OpenExchange() (*Exchange, error) {
	x := &Exchange{calls: map[string]*exchanged{}}
	var err error
	if x.ua, err = sipgo.NewUA(); err != nil {
		return nil, err
	}
	server, err := sipgo.NewServer(x.ua)
	if err != nil {
		return nil, err
	}
	if x.socket, err = net.ListenPacket("udp4", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	server.OnInvite(x.invited)
	server.OnAck(func(*sip.Request, sip.ServerTransaction) {})
	server.OnBye(func(req *sip.Request, tx sip.ServerTransaction) {
		if c := x.call(req.To().Address.User); c != nil {
			c.end()
		}
		_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
	})
	go server.ServeUDP(x.socket)
	return x, nil
}

// Address is host:port of it.
func (x *Exchange) Address() string { return x.socket.LocalAddr().String() }

// Close ends it, and all calls.
func (x *Exchange) Close() {
	x.mu.Lock()
	for _, c := range x.calls {
		c.end()
	}
	x.mu.Unlock()
	_ = x.ua.Close()
	_ = x.socket.Close()
}

func (x *Exchange) call(number string) *exchanged {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.calls[number]
}

// Answered tells how many calls are, and whether all of them hear something.
func (x *Exchange) Answered() (n int, hear bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	hear = true
	for _, c := range x.calls {
		n++
		hear = hear && c.got > 0
	}
	return n, hear
}

// Press presses # on the call to a number.
func (x *Exchange) Press(number string) {
	if c := x.call(number); c != nil {
		c.press <- struct{}{}
	}
}

func (x *Exchange) invited(req *sip.Request, tx sip.ServerTransaction) {
	voice, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return
	}
	_ = tx.Respond(sip.NewResponseFromRequest(req, 180, "Ringing", nil))
	time.Sleep(time.Second)
	c := &exchanged{voice: voice, press: make(chan struct{}, 9), over: make(chan struct{}), answered: time.Now()}
	c.end = sync.OnceFunc(func() { close(c.over); voice.Close() })
	to, ok := whereTo(req.Body())
	if !ok {
		return
	}
	x.mu.Lock()
	x.calls[req.To().Address.User] = c
	x.mu.Unlock()
	body := fmt.Sprintf("v=0\r\no=x 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n", voice.LocalAddr().(*net.UDPAddr).Port)
	res := sip.NewResponseFromRequest(req, 200, "OK", []byte(body))
	res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	port := x.socket.LocalAddr().(*net.UDPAddr).Port
	res.AppendHeader(&sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: req.To().Address.User, Host: "127.0.0.1", Port: port}})
	go x.hear(c)
	go c.speak(to)
	_ = tx.Respond(res)
}

// whereTo reads where the caller takes voice.
func whereTo(body []byte) (*net.UDPAddr, bool) {
	_, rest, found := strings.Cut(string(body), "m=audio ")
	var port int
	if _, err := fmt.Sscan(rest, &port); err != nil || !found {
		return nil, false
	}
	return &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}, true
}

func (x *Exchange) hear(c *exchanged) {
	buffer := make([]byte, 1500)
	for {
		if _, _, err := c.voice.ReadFromUDP(buffer); err != nil {
			return
		}
		x.mu.Lock()
		c.got++
		x.mu.Unlock()
	}
}

// speak sends silence, 20 ms a packet, and # when it is pressed.
func (c *exchanged) speak(to *net.UDPAddr) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	p := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 7}}
	quiet := make([]byte, 160)
	for i := range quiet {
		quiet[i] = 0xff
	}
	send := func(kind uint8, payload []byte) {
		p.PayloadType, p.Payload = kind, payload
		p.SequenceNumber++
		if raw, err := p.Marshal(); err == nil {
			_, _ = c.voice.WriteToUDP(raw, to)
		}
	}
	for {
		select {
		case <-c.over:
			return
		case <-tick.C:
			p.Timestamp += 160
			send(0, quiet)
		case <-c.press:
			for range 3 {
				send(101, []byte{11, 0x80, 3, 32})
			}
		}
	}
}
