package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// kannel runs Debian's text gateway on loopback, in front of a message centre, and returns
// the port of its HTTP interface.
func kannel(t *testing.T, centre int) (port string) {
	t.Helper()
	dir := t.TempDir()
	admin, box, http := freePort(t), freePort(t), freePort(t)
	conf := fmt.Sprintf(`
group = core
admin-port = %s
admin-interface = "127.0.0.1"
admin-password = bar
smsbox-port = %s
smsbox-interface = "127.0.0.1"
box-allow-ip = "127.0.0.1"
box-deny-ip = "*.*.*.*"
log-file = "%s/bearerbox.log"
log-level = 1
store-type = file
store-location = "%s/store"
dlr-storage = internal

group = smsc
smsc = smpp
smsc-id = centre
host = 127.0.0.1
port = %d
transceiver-mode = true
smsc-username = sallyport
smsc-password = secret8
system-type = ""
msg-id-type = 0
dest-addr-ton = 1
dest-addr-npi = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = %s
sendsms-interface = "127.0.0.1"
log-file = "%s/smsbox.log"
log-level = 0

group = sendsms-user
username = door
password = gateway-pass
default-sender = 72345
max-messages = 4

group = sms-service
keyword = default
text = ""
`, admin, box, dir, dir, centre, http, dir)
	file := filepath.Join(dir, "kannel.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	start := func(program string, port string) {
		cmd := exec.Command(program, file)
		cmd.Dir = dir
		if err := cmd.Start(); err != nil {
			t.Fatalf("the gateway (Debian's kannel, scripts/parts installs it): %v", err)
		}
		t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
		eventually(t, patience, program+" listens on "+port, func() bool { return answers(port) })
	}
	start("bearerbox", admin)
	start("smsbox", http)
	return http
}
