package siptest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Script is what the far end does with each call.
type Script struct {
	Steps     []string // of Trying, Ring, Answer …
	Calls     int      // then it ends; default 1
	Transport string   // u1 (default), t1
	Port      int      // default: one that is free
	Args      []string
}

// SIPp is a running far end.
type SIPp struct {
	Port     int
	t        testing.TB
	cmd      *exec.Cmd
	done     chan error
	messages string
}

// Address is host:port of it.
func (s *SIPp) Address() string { return fmt.Sprintf("127.0.0.1:%d", s.Port) }

var lastPort atomic.Int32

// FreePort is a port of UDP and TCP that nobody has; below those that the system gives
// away by itself, and of a range that is this process's, so that nobody gets it meanwhile.
func FreePort(t testing.TB) int {
	t.Helper()
	lastPort.CompareAndSwap(0, int32(12000+os.Getpid()%60*320))
	for range 500 {
		port := int(lastPort.Add(2))
		udp, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		udp.Close()
		tcp, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		tcp.Close()
		return port
	}
	t.Fatal("no free port")
	return 0
}

// Start runs a far end that follows the script, until the test ends.
func Start(t testing.TB, s Script) *SIPp {
	t.Helper()
	dir := t.TempDir()
	scenario := filepath.Join(dir, "scenario.xml")
	text := `<?xml version="1.0" encoding="ISO-8859-1" ?>` + "\n<scenario name=\"far end\">\n" + strings.Join(s.Steps, "\n") + "\n<Reference variables=\"caller,called,seq\"/>\n</scenario>\n"
	if err := os.WriteFile(scenario, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	far := &SIPp{Port: s.Port, t: t, done: make(chan error, 1), messages: filepath.Join(dir, "messages")}
	if far.Port == 0 {
		far.Port = FreePort(t)
	}
	if s.Transport == "" {
		s.Transport = "u1"
	}
	args := append([]string{"-sf", scenario, "-i", "127.0.0.1", "-p", strconv.Itoa(far.Port), "-m", strconv.Itoa(max(1, s.Calls)), "-t", s.Transport, "-nostdin",
		"-trace_msg", "-message_file", far.messages, "-trace_err", "-error_file", filepath.Join(dir, "errors"), "-cid_str", "%u-%p@%s"}, s.Args...)
	far.cmd = exec.Command("sipp", args...)
	far.cmd.Dir = dir
	if err := far.cmd.Start(); err != nil {
		t.Fatalf("sipp (scripts/parts installs it): %v", err)
	}
	go func() { far.done <- far.cmd.Wait() }()
	t.Cleanup(func() {
		_ = far.cmd.Process.Kill()
		if t.Failed() {
			errors, _ := os.ReadFile(filepath.Join(dir, "errors"))
			t.Logf("SIPp complained: %s\nmessages: %s", errors, far.Messages())
		}
	})
	awaitBound(t, map[bool]string{true: "udp", false: "tcp"}[s.Transport == "u1"], far.Port)
	return far
}

// awaitBound waits until somebody has the port.
func awaitBound(t testing.TB, network string, port int) {
	t.Helper()
	want := fmt.Sprintf(":%04X ", port)
	for range 300 {
		if table, err := os.ReadFile("/proc/net/" + network); err != nil || strings.Contains(string(table), want) {
			return
		}
		time.Sleep(10 * time.Millisecond) // the system is asked again
	}
	t.Fatal("the far end does not come up")
}

// Wait waits until all calls are through, and fails the test where one did not go as the
// script says.
func (s *SIPp) Wait(within time.Duration) {
	s.t.Helper()
	select {
	case err := <-s.done:
		s.done <- err
		if err != nil {
			s.t.Errorf("the far end did not see what it expected: %v", err)
		}
	case <-time.After(within):
		s.t.Errorf("the far end still waits")
	}
}

// Messages are all that it sent and received.
func (s *SIPp) Messages() string {
	text, _ := os.ReadFile(s.messages)
	return string(text)
}

// Steps of a script.

const head = `[last_Via:]
[last_From:]
[last_To:]%s
[last_Call-ID:]
[last_CSeq:]
%sContact: <sip:far@[local_ip]:[local_port];transport=[transport]>
`

func send(status, tag, headers, body string, attributes string) string {
	text := "SIP/2.0 " + status + "\n" + fmt.Sprintf(head, tag, headers)
	if body == "" {
		text += "Content-Length: 0\n\n"
	} else {
		text += "Content-Type: application/sdp\nContent-Length: [len]\n\n" + body + "\n"
	}
	return "<send" + attributes + "><![CDATA[\n\n" + text + "\n]]></send>"
}

// Invited takes a call.
const Invited = `<recv request="INVITE" crlf="true" rrs="true"><action><ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/><ereg regexp=".*" search_in="hdr" header="To:" assign_to="called"/><ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="seq"/></action></recv>`

const toTag = ";tag=far[call_number]"

// Trying and Ring are provisional answers; EarlyMedia has voice.
func Trying() string { return send("100 Trying", "", "", "", "") }
func Ring() string   { return send("180 Ringing", toTag, "", "", "") }
func EarlyMedia(body string) string {
	return send("183 Session Progress", toTag, "", body, "")
}

// Answer takes the call with this description.
func Answer(body string) string {
	return send("200 OK", toTag, "", body, ` retrans="500"`) + "\n" + `<recv request="ACK" rtd="true" crlf="true"/>`
}

// AnswerWith is Answer with more headers, such as “Record-Route: …\n”, and without waiting
// for it to be taken.
func AnswerWith(headers, body string) string { return send("200 OK", toTag, headers, body, "") }

// Refuse answers with a status, such as “486 Busy Here”.
func Refuse(status string) string {
	return send(status, toTag, "", "", ` retrans="500"`) + "\n" + `<recv request="ACK"/>`
}

// Challenge asks for credentials and takes the same call again, with the right ones.
func Challenge(proxy bool, username, password string) string {
	status, header := "401 Unauthorized", "WWW-Authenticate"
	if proxy {
		status, header = "407 Proxy Authentication Required", "Proxy-Authenticate"
	}
	verify := ""
	if !proxy { // sipp reads Authorization alone
		verify = fmt.Sprintf(`<action><verifyauth assign_to="right" username=%q password=%q/></action>`, username, password)
	}
	text := send(status, toTag, header+`: Digest realm="trunk", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", algorithm=MD5, qop="auth"`+"\n", "", ` retrans="500"`) +
		"\n<recv request=\"ACK\"/>\n<recv request=\"INVITE\" crlf=\"true\">" + verify + "</recv>"
	if !proxy {
		text += "\n<nop hide=\"true\" test=\"right\" next=\"good\"/>\n<nop hide=\"true\"><action><error message=\"wrong credentials\"/></action></nop>\n<label id=\"good\"/>"
	}
	return text
}

// Pause does nothing for a while.
func Pause(d time.Duration) string {
	return fmt.Sprintf(`<pause milliseconds="%d"/>`, d.Milliseconds())
}

// Request sends one of its own within the call, and takes 200 for it.
func Request(method, kind, body string, seq int) string {
	length := "Content-Length: 0\n\n"
	if body != "" {
		length = "Content-Type: " + kind + "\nContent-Length: [len]\n\n" + body + "\n"
	}
	text := fmt.Sprintf(`<send retrans="500"><![CDATA[

%s sip:sallyport@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: [$called]%s
To: [$caller]
[last_Call-ID:]
CSeq: %d %s
Contact: <sip:far@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
%s
]]></send>
<recv response="200" crlf="true"/>`, method, toTag, seq, method, length)
	if method == "INVITE" {
		text += fmt.Sprintf(`
<send><![CDATA[

ACK sip:sallyport@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: [$called]%s
To: [$caller]
[last_Call-ID:]
CSeq: %d ACK
Max-Forwards: 70
Content-Length: 0


]]></send>`, toTag, seq)
	}
	return text
}

// Bye takes the end of the call; NoBye hears it and says nothing.
func Bye() string { return "<recv request=\"BYE\"/>\n" + send("200 OK", "", "", "", "") }

// NoBye takes the end of the call and never answers it.
func NoBye() string { return `<recv request="BYE"/>` }

// Cancelled takes that the caller gave up.
func Cancelled() string {
	return "<recv request=\"CANCEL\"/>\n" + send("200 OK", toTag, "", "", "") + "\n" + strings.Replace(send("487 Request Terminated", toTag, "", "", ` retrans="500"`), "[last_CSeq:]", "CSeq: [$seq] INVITE", 1) + "\n<recv request=\"ACK\"/>"
}

// Voice is a description of voice at a port, with what goes after its formats.
func Voice(port int, formats string, attributes ...string) string {
	return strings.Join(append([]string{"v=0", "o=far 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", fmt.Sprintf("m=audio %d RTP/AVP %s", port, formats)}, attributes...), "\n")
}

// Events are the attributes of telephone events of a payload type.
func Events(kind int) string { return fmt.Sprintf("a=rtpmap:%d telephone-event/8000", kind) }

// Registered takes a registration with the right credentials, for so many seconds, and
// its end.
func Registered(username, password string, expires int) string {
	answer := func(status, header string) string {
		return "<send><![CDATA[\n\nSIP/2.0 " + status + "\n[last_Via:]\n[last_From:]\n[last_To:];tag=far\n[last_Call-ID:]\n[last_CSeq:]\n" + header + "\nContent-Length: 0\n\n\n]]></send>"
	}
	take := fmt.Sprintf("<recv request=\"REGISTER\"><action><ereg regexp=\".*\" search_in=\"hdr\" header=\"From:\" assign_to=\"caller\"/><ereg regexp=\".*\" search_in=\"hdr\" header=\"To:\" assign_to=\"called\"/><ereg regexp=\".*\" search_in=\"hdr\" header=\"CSeq:\" assign_to=\"seq\"/></action></recv>\n%s\n<recv request=\"REGISTER\"><action><verifyauth assign_to=\"right\" username=%q password=%q/></action></recv>\n<nop hide=\"true\" test=\"right\" next=\"good[N]\"/>\n<nop hide=\"true\"><action><error message=\"wrong credentials\"/></action></nop>\n<label id=\"good[N]\"/>\n%s",
		answer("401 Unauthorized", `WWW-Authenticate: Digest realm="trunk", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", algorithm=MD5, qop="auth"`), username, password,
		answer("200 OK", fmt.Sprintf("Expires: %d", expires)))
	return strings.ReplaceAll(take, "[N]", "1") + "\n" + strings.ReplaceAll(take, "[N]", "2")
}

// Refusal is a final answer to what is no call.
func Refusal(status string) string { return send(status, ";tag=far", "", "", "") }
