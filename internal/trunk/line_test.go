package trunk_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"sallyport/internal/trunk"
	"sallyport/internal/trunk/siptest"
)

func credentials(o *trunk.Options) { o.Username, o.Password = "harbor", "trunk-secret" }

// Credentials are given where they are asked for, by the trunk itself or a proxy of it.
func TestDigest(t *testing.T) {
	t.Parallel()
	for name, proxy := range map[string]bool{"401": false, "407": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := siptest.NewMedia(t)
			far := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.Challenge(proxy, "harbor", "trunk-secret"), siptest.Ring(), siptest.Answer(m.Describe()), siptest.Bye()}})
			c := place(t, to(t, far.Address(), credentials))
			soon(t, "answered", c.Answered())
			c.HangUp()
			far.Wait(3 * time.Second)
			if header := map[bool]string{false: "Authorization: Digest", true: "Proxy-Authorization: Digest"}[proxy]; !strings.Contains(far.Messages(), header) {
				t.Errorf("no %s", header)
			}
		})
	}
}

// Wrong credentials are a no, not a loop.
func TestWrongCredentials(t *testing.T) {
	t.Parallel()
	far := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.Challenge(true, "", ""), siptest.Refuse("403 Forbidden")}})
	_, err := to(t, far.Address(), credentials).Place(t.Context(), number)
	if refused, ok := errors.AsType[*trunk.Refusal](err); !ok || refused.Kind() != trunk.Denied {
		t.Errorf("said %v", err)
	}
	far.Wait(3 * time.Second)
}

// Over TCP and TLS, everything goes through the connection that we made.
func TestStreams(t *testing.T) {
	t.Parallel()
	cert, key, roots := certificate(t)
	for _, transport := range []string{"tcp", "tls"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			m := siptest.NewMedia(t)
			script := siptest.Script{Transport: "t1", Steps: []string{siptest.Invited, siptest.Trying(), siptest.Ring(), siptest.Answer(m.Describe()), siptest.Pause(100 * time.Millisecond), siptest.Request("INVITE", "application/sdp", m.Describe(), 1), siptest.Bye()}}
			far := siptest.Start(t, script)
			address := far.Address()
			if transport == "tls" {
				address = siptest.TLS(t, address, cert, key)
			}
			c := place(t, to(t, address, func(o *trunk.Options) {
				o.Behind = transport == "tls" // its own address is behind the other end
				o.Transport, o.TLS = transport, &tls.Config{RootCAs: roots, ServerName: "localhost", MinVersion: tls.VersionTLS12}
			}))
			soon(t, "answered", c.Answered())
			m.Await(time.Second)
			within(t, 3*time.Second, "invited again", func() bool { return strings.Contains(far.Messages(), "ACK sip:sallyport@") })
			c.HangUp()
			far.Wait(3 * time.Second)
		})
	}
}

// A certificate that nobody trusts is no trunk.
func TestForeignCertificate(t *testing.T) {
	t.Parallel()
	cert, key, _ := certificate(t)
	far := siptest.Start(t, siptest.Script{Transport: "t1", Steps: []string{siptest.Invited}})
	_, err := to(t, siptest.TLS(t, far.Address(), cert, key), func(o *trunk.Options) { o.Transport = "tls" }).Place(t.Context(), number)
	if !errors.Is(err, trunk.ErrDown) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("said %v", err)
	}
}

// A registration is made with credentials, renewed before it ends, and ended when we stop.
// No call is begun without one.
func TestRegistration(t *testing.T) {
	t.Parallel()
	port := siptest.FreePort(t)
	var tr *trunk.Trunk
	t.Run("running", func(t *testing.T) {
		address := net.JoinHostPort("127.0.0.1", itoa(port))
		tr = to(t, address, credentials, func(o *trunk.Options) { o.Register = true })
		if _, err := tr.Place(t.Context(), number); !errors.Is(err, trunk.ErrDown) {
			t.Errorf("a call was begun unregistered: %v", err)
		}
		far := siptest.Start(t, siptest.Script{Port: port, Steps: []string{siptest.Registered("harbor", "trunk-secret", 2)}})
		far.Wait(30 * time.Second) // both registrations
		text := far.Messages()
		if n := strings.Count(text, "REGISTER sip:trunk.example"); n != 4 {
			t.Errorf("%d requests", n)
		}
		if !strings.Contains(text, "Contact: <sip:harbor@127.0.0.1:") {
			t.Error("it did not say where we are")
		}
	})
}

// A trunk that goes away is noticed, and calls are not begun by it until it is back.
func TestTrunkThatGoesAway(t *testing.T) {
	t.Parallel()
	port := siptest.FreePort(t)
	options := strings.Join([]string{`<recv request="OPTIONS"><action><ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/><ereg regexp=".*" search_in="hdr" header="To:" assign_to="called"/><ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="seq"/></action></recv>`, siptest.Refusal("405 Method Not Allowed")}, "\n")
	far := siptest.Start(t, siptest.Script{Port: port, Calls: 1, Steps: []string{options}})
	tr := to(t, far.Address(), func(o *trunk.Options) { o.Timers.Ping, o.Timers.First = 200*time.Millisecond, 200*time.Millisecond })
	far.Wait(5 * time.Second)
	within(t, 15*time.Second, "noticed that it is gone", func() bool {
		_, err := tr.Place(t.Context(), number)
		return errors.Is(err, trunk.ErrDown)
	})
	siptest.Start(t, siptest.Script{Port: port, Calls: 1000, Steps: []string{options}})
	within(t, 15*time.Second, "noticed that it is back", func() bool {
		_, err := tr.Place(t.Context(), number)
		return !errors.Is(err, trunk.ErrDown)
	})
}

// A trunk that has never said anything to OPTIONS may still take calls: they are tried.
func TestTrunkWithoutOptions(t *testing.T) {
	t.Parallel()
	tr := to(t, net.JoinHostPort("127.0.0.1", itoa(siptest.FreePort(t))), func(o *trunk.Options) { o.Timers.Ping, o.Timers.First = 50*time.Millisecond, 100*time.Millisecond })
	time.Sleep(200 * time.Millisecond) // long enough for two OPTIONS to stay without an answer
	if _, err := tr.Place(t.Context(), number); !errors.Is(err, trunk.ErrSilent) {
		t.Errorf("said %v", err)
	}
}

// Strangers get no answer at all, and a call from the trunk is refused.
func TestCallsToUs(t *testing.T) {
	t.Parallel()
	port := siptest.FreePort(t)
	far, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	to(t, far.LocalAddr().String(), func(o *trunk.Options) { o.Listen = net.JoinHostPort("127.0.0.1", itoa(port)) })
	invite := func(from net.PacketConn) string {
		us := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
		text := "INVITE sip:us@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP " + from.LocalAddr().String() + ";branch=z9hG4bKx" + itoa(port) + ";rport\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:us@127.0.0.1>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:x@" + from.LocalAddr().String() + ">\r\nContent-Length: 0\r\n\r\n"
		if _, err := from.WriteTo([]byte(text), us); err != nil {
			t.Fatal(err)
		}
		buffer := make([]byte, 1500)
		from.SetReadDeadline(time.Now().Add(700 * time.Millisecond))
		for {
			n, _, err := from.ReadFrom(buffer)
			if err != nil {
				return ""
			}
			if text := string(buffer[:n]); strings.HasPrefix(text, "SIP/2.0") {
				return text
			}
		}
	}
	stranger, err := net.ListenPacket("udp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if got := invite(stranger); got != "" {
		t.Errorf("a stranger was answered: %s", got)
	}
	if got := invite(far); !strings.HasPrefix(got, "SIP/2.0 403") {
		t.Errorf("the trunk's call to us: %q", got)
	}
}

// A far end that talks nonsense costs its own call, and nothing else.
func TestNonsense(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string]string{"route": "Record-Route: garbage\n", "routes": "Record-Route: <sip:\nRecord-Route: ;lr\n", "contact": "Contact: <sip:@:::>\n", "twice": "CSeq: x INVITE\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := siptest.NewMedia(t)
			far := siptest.Start(t, siptest.Script{Steps: []string{siptest.Invited, siptest.AnswerWith(headers, m.Describe())}})
			tr := to(t, far.Address(), func(o *trunk.Options) { o.Timers.First, o.Timers.Whole = 300*time.Millisecond, time.Second })
			if c, err := tr.Place(t.Context(), number); err == nil {
				soon(t, "over", c.Ended())
			}
		})
	}
	far, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	port := siptest.FreePort(t)
	tr := to(t, far.LocalAddr().String(), func(o *trunk.Options) {
		o.Listen, o.Timers.First = net.JoinHostPort("127.0.0.1", itoa(port)), 300*time.Millisecond
	})
	us := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
	for _, text := range []string{"", "\r\n\r\n", "\x00\x01\x02\xff", "SIP/2.0", "SIP/2.0 200 OK\r\n\r\n", "BYE sip:x SIP/2.0\r\n\r\n", "INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP\r\nCSeq: 1\r\n\r\n", strings.Repeat("A", 1400),
		"INFO sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:x@y>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INFO\r\nContent-Length: 99999\r\n\r\nSignal=#"} {
		if _, err := far.WriteTo([]byte(text), us); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(100 * time.Millisecond) // nothing tells when nonsense has been read
	if _, err := tr.Place(t.Context(), number); !errors.Is(err, trunk.ErrSilent) || !tr.Open() {
		t.Errorf("after nonsense: %v", err)
	}
}

func TestOptionsThatCanNotBe(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]trunk.Options{"no server": {From: "+12025550100"}, "no number": {Server: "sip.example"}, "transport": {Server: "sip.example", From: "+12025550100", Transport: "ws"}} {
		if _, err := trunk.New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// What doctor does: whether it answers, and takes our registration.
func TestCheck(t *testing.T) {
	t.Parallel()
	check := func(address string, change ...func(*trunk.Options)) error {
		o := trunk.Options{Server: address, Domain: "trunk.example", From: "+12025550100", Listen: "127.0.0.1:0"}
		for _, c := range change {
			c(&o)
		}
		tr, err := trunk.New(o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		return tr.Check(ctx)
	}
	far := siptest.Start(t, siptest.Script{Steps: []string{siptest.Registered("harbor", "trunk-secret", 60)}})
	if err := check(far.Address(), credentials, func(o *trunk.Options) { o.Register = true }); err != nil {
		t.Errorf("a trunk that works: %v", err)
	}
	if err := check(net.JoinHostPort("127.0.0.1", itoa(siptest.FreePort(t)))); err == nil {
		t.Error("nobody is there, and that is well")
	}
}

func within(t *testing.T, d time.Duration, what string, fn func() bool) {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(20 * time.Millisecond) { // it is asked again
		if fn() {
			return
		}
	}
	t.Errorf("never %s", what)
}

func certificate(t *testing.T) (cert, key string, roots *x509.CertPool) {
	t.Helper()
	cert, key = siptest.Certificate(t)
	text, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	return cert, key, roots
}
