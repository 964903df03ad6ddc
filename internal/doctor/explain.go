package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"sallyport/internal/trunk"
)

// explain says what an error means and what to do, in plain words.
func explain(err error) (says, do string) {
	var unknownCA x509.UnknownAuthorityError
	var wrongName x509.HostnameError
	var invalid x509.CertificateInvalidError
	var dns *net.DNSError
	text := err.Error()
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return "the name " + dns.Name + " is not known to DNS", "Check the name for a typing mistake, and that DNS has an entry for it."
	case errors.As(err, &dns):
		return "DNS does not answer for " + dns.Name, "Check this machine's resolver (/etc/resolv.conf) and that it may reach it."
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there (connection refused)", "Check host and port, and that the server runs."
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no way to that host", "Check the network and the firewall of this machine."
	case errors.Is(err, trunk.ErrSilent):
		return "the trunk gives no answer", "Check sip.server and transport, that a firewall lets its packets in and out, and that the trunk knows this machine's address (public_address)."
	case strings.Contains(text, "SIP 401"), strings.Contains(text, "SIP 403"), strings.Contains(text, "SIP 407"):
		return "the trunk refused us: " + lastLine(text), "Check username and password_file, or have the trunk accept this machine's address; and that you may call from the number in from."
	case strings.Contains(text, "SIP 404"), strings.Contains(text, "SIP 484"), strings.Contains(text, "SIP 604"):
		return "the trunk does not know the number: " + lastLine(text), "Check the number, and how the trunk wants numbers: digits, prefix, domain."
	case errors.As(err, &unknownCA):
		return "its certificate is signed by nobody that this machine trusts", "If it is your own authority's, name its certificate in ca_file."
	case errors.As(err, &wrongName):
		return "its certificate is for another name: " + wrongName.Error(), "Use the name that the certificate is for."
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired, or is not valid yet", "Have it renewed, and check this machine's clock."
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), strings.Contains(text, "i/o timeout"):
		return "no answer in time", "A firewall may be dropping the connection: check host and port, and that this machine may reach them."
	case strings.Contains(text, "STARTTLS"):
		return "the server does not offer STARTTLS", "Set tls: tls if it speaks TLS from the first byte (mostly port 465); codes are not sent in clear."
	case strings.Contains(text, "first record does not look like a TLS handshake"):
		return "the server does not speak TLS from the first byte", "Set tls: starttls (mostly port 587)."
	case strings.Contains(text, "AUTH"), strings.Contains(text, "535"):
		return "the server refused username and password", "Check username and password_file; some providers want a password made for applications."
	case strings.Contains(text, "password refused"), strings.Contains(text, "bind failed"), strings.Contains(text, "system id refused"):
		return "the message centre refused us: " + lastLine(text), "Check system_id, password and system_type, and that it expects this machine's address."
	}
	return lastLine(text), ""
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// seconds writes a duration for people.
func seconds(d interface{ Seconds() float64 }) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
