package siptest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// Media is the voice of a far end: it keeps what it gets, and sends what it is told.
type Media struct {
	Port int
	t    testing.TB
	conn *net.UDPConn
	mu   sync.Mutex
	got  []rtp.Packet
	more chan struct{} // closed when a packet comes
	to   *net.UDPAddr
	seq  uint16
	at   uint32
	SSRC uint32
}

// NewMedia opens a port for voice.
func NewMedia(t testing.TB) *Media {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	m := &Media{t: t, conn: conn, Port: conn.LocalAddr().(*net.UDPAddr).Port, seq: 7, at: 1000, SSRC: 77, more: make(chan struct{})}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFromUDP(buffer)
			if err != nil {
				return
			}
			var p rtp.Packet
			if p.Unmarshal(append([]byte{}, buffer[:n]...)) != nil {
				continue
			}
			m.mu.Lock()
			m.got, m.to = append(m.got, p), from
			close(m.more)
			m.more = make(chan struct{})
			m.mu.Unlock()
		}
	}()
	return m
}

// Describe is a description of this voice: PCMU, and telephone events of type 101.
func (m *Media) Describe() string { return Voice(m.Port, "0 101", Events(101)) }

// Got is what came so far: its sound, and of which payload type.
func (m *Media) Got() (sound []byte, kinds map[uint8]int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	kinds = map[uint8]int{}
	for _, p := range m.got {
		kinds[p.PayloadType]++
		sound = append(sound, p.Payload...)
	}
	return sound, kinds
}

// Await waits until voice comes.
func (m *Media) Await(within time.Duration) {
	m.t.Helper()
	if !m.Until(within, func(sound []byte) bool { return len(sound) > 0 }) {
		m.t.Fatal("no voice came")
	}
}

// Until waits until what came so far satisfies fn, and tells whether it did.
func (m *Media) Until(within time.Duration, fn func(sound []byte) bool) bool {
	for limit := time.After(within); ; {
		m.mu.Lock()
		more := m.more
		m.mu.Unlock()
		if sound, _ := m.Got(); fn(sound) {
			return true
		}
		select {
		case <-more:
		case <-limit:
			return false
		}
	}
}

// From tells from where voice came last, so that others may send there.
func (m *Media) From() *net.UDPAddr {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.to
}

func (m *Media) send(kind uint8, mark bool, at uint32, payload []byte) {
	m.mu.Lock()
	to := m.to
	m.seq++
	p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: kind, Marker: mark, SequenceNumber: m.seq, Timestamp: at, SSRC: m.SSRC}, Payload: payload}
	m.mu.Unlock()
	raw, err := p.Marshal()
	if err == nil && to != nil {
		_, err = m.conn.WriteToUDP(raw, to)
	}
	if err != nil && !errors.Is(err, net.ErrClosed) {
		m.t.Error(err)
	}
}

// SendTo sends to an address before anything came from there.
func (m *Media) SendTo(to *net.UDPAddr) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.to = to
}

// Speak sends sound, 20 ms a packet, in real time.
func (m *Media) Speak(kind uint8, sound []byte) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for len(sound) > 0 {
		n := min(160, len(sound))
		m.send(kind, false, m.at, sound[:n])
		m.at += 160
		sound = sound[n:]
		<-tick.C
	}
}

// Press presses a key for 100 ms (RFC 4733): five packets, and its end in copies.
func (m *Media) Press(kind uint8, key byte, copies int) {
	event := byte(0)
	for i, k := range []byte("0123456789*#ABCD") {
		if k == key {
			event = byte(i)
		}
	}
	payload := func(end bool, duration uint16) []byte {
		b := []byte{event, 10, 0, 0}
		if end {
			b[1] |= 0x80
		}
		binary.BigEndian.PutUint16(b[2:], duration)
		return b
	}
	for i := range 5 {
		m.send(kind, i == 0, m.at, payload(false, uint16(160*(i+1))))
		time.Sleep(2 * time.Millisecond) // packets sent at once could be lost or arrive in another order
	}
	for range copies {
		m.send(kind, false, m.at, payload(true, 800))
	}
	m.at += 800
}

// Tone is so many milliseconds of one tone in µ-law.
func Tone(hz float64, ms int) []byte { return tone(hz, ms) }

func (m *Media) String() string { return fmt.Sprint("voice at port ", m.Port) }
