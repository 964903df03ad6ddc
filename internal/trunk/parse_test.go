package trunk

import (
	"strings"
	"testing"
)

// A key counts once, however often its packets come, and in whatever order.
func TestKeypad(t *testing.T) {
	t.Parallel()
	event := func(code, end byte) []byte { return []byte{code, end, 1, 0} }
	var k keypad
	got := ""
	take := func(at uint32, payload []byte) {
		key, lost := k.event(at, payload)
		got += strings.Trim(string([]byte{lost, key}), "\x00")
	}
	take(100, event(11, 0))
	take(100, event(11, 0x80))
	take(100, event(11, 0x80))
	take(100, event(11, 0x80))
	take(900, event(1, 0)) // its end is lost
	take(2000, event(2, 0x80))
	take(100, event(11, 0x80))  // a late copy
	take(2000, event(2, 0))     // out of order
	take(3000, event(200, 128)) // no key
	take(3100, []byte{1})       // too short
	if got != "#12" {
		t.Errorf("got %q", got)
	}
	k = keypad{}
	turn := uint32(0xfffffff0)
	take(turn, event(3, 0))
	if key := k.voice(turn + 200); key != 0 {
		t.Errorf("the time of the key itself ended it")
	}
	if key := k.voice(turn + 9000); key != '3' {
		t.Errorf("over the turn of the clock: %q", key)
	}
	if key := k.voice(turn + 9160); key != 0 {
		t.Errorf("counted twice")
	}
}

func TestInfoKeys(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		kind, body string
		key        byte
	}{
		{"application/dtmf-relay", "Signal=#\r\nDuration=160\r\n", '#'}, {"Application/DTMF-Relay; x=y", "signal = 11", '#'}, {"application/dtmf-relay", "Duration=1\nSignal= *", '*'},
		{"application/dtmf", "5", '5'}, {"application/dtmf", "10", '*'}, {"application/dtmf", "a", 'A'}, {"application/dtmf", "55", 0}, {"text/plain", "5", 0}, {"application/dtmf-relay", "nothing", 0}, {"", "", 0},
	} {
		if got := infoKey(tc.kind, []byte(tc.body)); got != tc.key {
			t.Errorf("%s %q: %q", tc.kind, tc.body, got)
		}
	}
}

// Descriptions that we must read, and what of them counts.
func TestReadMedia(t *testing.T) {
	t.Parallel()
	const head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
	m, err := readMedia([]byte(head+"m=video 9 RTP/AVP 99\r\nm=audio 4000 RTP/AVP 18 8 0 96\r\nc=IN IP4 192.0.2.7/127\r\na=rtpmap:96 TELEPHONE-EVENT/8000\r\na=sendonly\r\n"), []Law{PCMU, PCMA})
	if err != nil || m.addr.String() != "192.0.2.7:4000" || m.law != PCMA || m.event != 96 || m.takes || !m.sends || m.mirrored() != "recvonly" {
		t.Errorf("%+v, %v", m, err)
	}
	if m, err := readMedia([]byte(head+"m=audio 4000 RTP/AVP 8 0\r\n"), []Law{PCMU}); err != nil || m.law != PCMU || m.event != 0 || m.mirrored() != "sendrecv" {
		t.Errorf("%+v, %v", m, err)
	}
	if m, err := readMedia([]byte(strings.Replace(head, "192.0.2.9", "0.0.0.0", 1)+"m=audio 4000 RTP/AVP 0\r\n"), []Law{PCMU}); err != nil || m.takes {
		t.Errorf("on hold as of old: %+v, %v", m, err)
	}
	for _, bad := range []string{"", head, head + "m=audio 0 RTP/AVP 0\r\n", head + "m=audio 4000 RTP/SAVP 0\r\n", head + "m=audio 4000 RTP/AVP 8\r\n", strings.Replace(head, "192.0.2.9", "no.address", 1) + "m=audio 4000 RTP/AVP 0\r\n"} {
		if _, err := readMedia([]byte(bad), []Law{PCMU}); err == nil {
			t.Errorf("read %q", bad)
		}
	}
}

// What we say can be read by ourselves.
func TestDescribe(t *testing.T) {
	t.Parallel()
	m, err := readMedia([]byte("v=0\r\no=- 1 1 IN IP6 ::1\r\ns=-\r\nc=IN IP6 2001:db8::1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"), []Law{PCMU})
	if err != nil {
		t.Fatal(err)
	}
	again, err := readMedia(describe(7, 1, m.addr, []Law{PCMA, PCMU}, 101, "sendrecv"), []Law{PCMU, PCMA})
	if err != nil || again.addr != m.addr || again.law != PCMA || again.event != 101 {
		t.Errorf("%+v, %v", again, err)
	}
}

func FuzzReadMedia(f *testing.F) {
	f.Add([]byte("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 96\r\na=rtpmap:96 telephone-event/8000\r\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := readMedia(body, []Law{PCMU, PCMA})
		if err == nil && (!m.addr.IsValid() || m.addr.Port() == 0 || m.law != PCMU && m.law != PCMA) {
			t.Errorf("%+v of %q", m, body)
		}
	})
}

func TestDialled(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]Options{"+12025550185": {}, "12025550185": {Digits: true}, "912025550185": {Prefix: "9"}} {
		if got := o.dialled("+12025550185"); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}
