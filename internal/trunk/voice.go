package trunk

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
)

// voice is the sound of one call, both ways. From the moment that the far end said where
// it takes it, a packet goes out every 20 ms: what is played, or silence, so that it keeps
// sending to us through every NAT on the way.
type voice struct {
	conn  *net.UDPConn
	peers func(netip.Addr) bool // whether it may come from there, beside where the far end said
	keys  chan byte
	hears *ear

	mu      sync.Mutex
	far     media
	playing []byte // what is left, in the far end's law
	ended   chan struct{}
	latched netip.AddrPort // where the voice comes from
	ssrc    uint32         // … and its source
	at      int            // packets that went out when the last one of it came
	pad     keypad

	events atomic.Bool // a telephone event came: INFO says the same again
	out    atomic.Int64
	closed chan struct{}
	once   sync.Once
	done   sync.WaitGroup
}

func newVoice(conn *net.UDPConn, peers func(netip.Addr) bool) *voice {
	v := &voice{conn: conn, peers: peers, keys: make(chan byte, 64), hears: newEar(), closed: make(chan struct{})}
	v.done.Go(v.receive)
	return v
}

// begin forgets what was heard before the call was answered: ringing, announcements, and
// keys that are nobody's.
func (v *voice) begin() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.latched, v.pad = netip.AddrPort{}, keypad{}
	v.hears.forget()
	for {
		select {
		case <-v.keys:
		default:
			return
		}
	}
}

// to says where it goes from now on, and begins to send.
func (v *voice) to(far media) {
	v.mu.Lock()
	first := !v.far.addr.IsValid()
	if v.far.addr != far.addr { // another far end: whoever sends from there is the one
		v.latched = netip.AddrPort{}
	}
	v.far = far
	v.mu.Unlock()
	if first {
		v.done.Go(v.send)
	}
}

func (v *voice) close() {
	v.once.Do(func() {
		close(v.closed)
		v.conn.Close()
	})
	v.done.Wait()
}

// play plays µ-law sound, and returns when it was sent, when ctx ends, or with the call.
// It replaces what is played, unless ctx has ended by then.
func (v *voice) play(ctx context.Context, ulaw []byte) error {
	v.mu.Lock()
	if err := ctx.Err(); err != nil {
		v.mu.Unlock()
		return err
	}
	ended := make(chan struct{})
	if v.ended != nil {
		close(v.ended)
	}
	v.playing, v.ended = v.far.law.sound(ulaw), ended
	v.mu.Unlock()
	select {
	case <-ended:
		return nil
	case <-v.closed:
		return ErrEnded
	case <-ctx.Done():
		v.mu.Lock()
		if v.ended == ended {
			v.playing, v.ended = nil, nil
		}
		v.mu.Unlock()
		return ctx.Err()
	}
}

// next is the next packet's sound, and where it goes; not valid: it takes none.
func (v *voice) next(out []byte) (netip.AddrPort, Law) {
	v.mu.Lock()
	defer v.mu.Unlock()
	copy(out, v.far.law.silence())
	if len(v.playing) > 0 {
		v.playing = v.playing[copy(out, v.playing):]
	} else if v.ended != nil { // its last packet went out 20 ms ago
		close(v.ended)
		v.ended = nil
	}
	if !v.far.takes {
		return netip.AddrPort{}, v.far.law
	}
	if v.latched.IsValid() { // symmetric RTP (RFC 4961)
		return v.latched, v.far.law
	}
	return v.far.addr, v.far.law
}

func (v *voice) send() {
	tick := time.NewTicker(frameMS * time.Millisecond)
	defer tick.Stop()
	r := random()
	p := rtp.Packet{Header: rtp.Header{Version: 2, Marker: true, SSRC: uint32(r), SequenceNumber: uint16(r >> 32), Timestamp: uint32(r >> 33)}, Payload: make([]byte, frame)}
	var buffer [12 + frame]byte
	for {
		select {
		case <-v.closed:
			return
		case <-tick.C:
		}
		to, law := v.next(p.Payload)
		p.PayloadType = uint8(law)
		if n, err := p.MarshalTo(buffer[:]); err == nil && to.IsValid() {
			_, _ = v.conn.WriteToUDPAddrPort(buffer[:n], to) // what the network does not take is lost, like every packet
		}
		p.Marker = false
		p.SequenceNumber++
		p.Timestamp += frame
		v.out.Add(1)
	}
}

func (v *voice) receive() {
	var buffer [1500]byte
	var p rtp.Packet
	for {
		n, from, err := v.conn.ReadFromUDPAddrPort(buffer[:])
		if err != nil {
			select {
			case <-v.closed:
				return
			default: // such as “port unreachable”, of a far end that is not ready yet
				continue
			}
		}
		if p.Unmarshal(buffer[:n]) != nil || p.Version != 2 {
			continue
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		v.take(from, &p)
	}
}

// take takes one packet, if it is of the far end.
func (v *voice) take(from netip.AddrPort, p *rtp.Packet) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.isFar(from, p.SSRC) {
		return
	}
	switch p.PayloadType {
	case v.far.event:
		if v.far.event == 0 { // PCMU is no event
			v.heard(p)
			return
		}
		v.events.Store(true)
		key, lost := v.pad.event(p.Timestamp, p.Payload)
		v.pressed(lost)
		v.pressed(key)
	case uint8(PCMU), uint8(PCMA):
		v.heard(p)
	}
}

func (v *voice) heard(p *rtp.Packet) {
	v.pressed(v.pad.voice(p.Timestamp))
	v.hears.sound(Law(p.PayloadType), p.Payload)
}

// isFar tells whether a packet is of the far end: from where it said, or from an address
// of the trunk; and of the one source there that was heard first, as long as that one is
// not silent. Who only guesses a port can press no key.
func (v *voice) isFar(from netip.AddrPort, ssrc uint32) bool {
	if !v.far.addr.IsValid() || from.Addr() != v.far.addr.Addr() && !v.peers(from.Addr()) {
		return false
	}
	now := int(v.out.Load())
	if v.latched.IsValid() && (from != v.latched || ssrc != v.ssrc) && now-v.at < perSec {
		return false
	}
	v.latched, v.ssrc, v.at = from, ssrc, now
	return true
}

// pressed hands a key on. Who presses more than anybody reads loses the rest.
func (v *voice) pressed(key byte) {
	if key == 0 {
		return
	}
	select {
	case v.keys <- key:
	default:
	}
}
