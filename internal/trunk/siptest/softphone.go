package siptest

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zaf/g711"
)

// Softphone is a running Baresip: an independent telephone that answers calls by itself,
// records what it hears, and presses keys.
type Softphone struct {
	Port    int
	t       testing.TB
	dir     string
	control net.Conn
}

// StartSoftphone runs one, of these numbers, until the test ends.
func StartSoftphone(t testing.TB, numbers ...string) *Softphone {
	t.Helper()
	accounts := ""
	for _, number := range numbers {
		accounts += "<sip:" + number + "@127.0.0.1>;regint=0;answermode=auto;audio_codecs=pcmu,pcma\n"
	}
	p := &Softphone{t: t, dir: t.TempDir(), Port: FreePort(t)}
	control := FreePort(t)
	config := strings.Join([]string{
		fmt.Sprintf("sip_listen 127.0.0.1:%d", p.Port), "net_interface 127.0.0.1", "call_max_calls 4", "audio_source aubridge,echo", "audio_player aubridge,echo", "audio_alert aubridge,nil", fmt.Sprintf("rtp_ports %d-%d", FreePort(t), FreePort(t)+10),
		"module_path /usr/lib/baresip/modules", "module g711.so", "module aubridge.so", "module sndfile.so", "snd_path " + p.dir, "module_app account.so", "module_app menu.so", "module_app ctrl_tcp.so",
		fmt.Sprintf("ctrl_tcp_listen 127.0.0.1:%d", control), ""}, "\n")
	for name, text := range map[string]string{"config": config, "accounts": accounts, "contacts": "", "uuid": "00000000-0000-4000-8000-000000000001\n"} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("baresip", "-f", p.dir)
	cmd.Dir = p.dir
	out, err := os.Create(filepath.Join(p.dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatalf("baresip (scripts/parts installs it): %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		out.Close()
		if t.Failed() {
			text, _ := os.ReadFile(out.Name())
			t.Logf("the softphone said: %s", text)
		}
	})
	awaitBound(t, "udp", p.Port)
	awaitBound(t, "tcp", control)
	if p.control, err = net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", control)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.control.Close() })
	go func() { _, _ = io.Copy(io.Discard, p.control) }()
	return p
}

// Address is host:port of it.
func (p *Softphone) Address() string { return fmt.Sprintf("127.0.0.1:%d", p.Port) }

// Press presses keys.
func (p *Softphone) Press(keys string) {
	p.t.Helper()
	for _, k := range keys {
		p.order("sndcode", string(k))
		time.Sleep(150 * time.Millisecond) // a real press takes as long, and the softphone tells nothing
	}
}

// HangUp hangs up.
func (p *Softphone) HangUp() { p.order("hangup", "") }

// order sends a command as a netstring.
func (p *Softphone) order(command, params string) {
	p.t.Helper()
	text, err := json.Marshal(map[string]string{"command": command, "params": params, "token": "x"})
	if err == nil {
		_, err = fmt.Fprintf(p.control, "%d:%s,", len(text), text)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// Recording is what it heard on its last call, in µ-law again, as far as it is written.
func (p *Softphone) Recording() []byte {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "dump-*-dec.wav"))
	if err != nil || len(files) == 0 {
		return nil
	}
	text, err := os.ReadFile(slices.Max(files)) // named by time
	if err != nil || len(text) < 44 {
		return nil
	}
	var sound []byte
	for samples := text[44:]; len(samples) > 1; samples = samples[2:] {
		sound = append(sound, g711.EncodeUlawFrame(int16(binary.LittleEndian.Uint16(samples))))
	}
	return sound
}
