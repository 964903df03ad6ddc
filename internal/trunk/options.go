package trunk

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"time"
)

// Law is a G.711 companding law, by its RTP payload type (RFC 3551, table 4).
type Law uint8

const (
	PCMU Law = 0 // µ-law, of North America and Japan
	PCMA Law = 8 // A-law, of everywhere else
)

// Options of a trunk. Server and From must be set; the rest has defaults.
type Options struct {
	Server        string         // host, found by SRV and then by address (RFC 3263), or host:port
	Transport     string         // udp (default), tcp, tls
	TLS           *tls.Config    // of tls
	Domain        string         // of the addresses that are called; default: the server's host
	Username      string         // of digest authentication (RFC 8760, RFC 7616); empty: the trunk knows us by our address
	Password      string         //
	Register      bool           // tell the trunk where we are, as some want it
	From          string         // caller id, E.164
	Name          string         // shown beside it, where the network shows names
	Digits        bool           // numbers are dialled without their +
	Prefix        string         // … and with these digits before them
	Listen        string         // host:port of our end; default: any address, a port that is free
	PublicAddress netip.Addr     // ours, as the trunk sees it, where that is another than this machine's
	FirstPort     int            // of voice; 0: any that is free
	LastPort      int            //
	Laws          []Law          // the preferred first; default PCMU, PCMA
	Behind        bool           // the trunk is behind a NAT: it is answered where its packets come from, not where it says that it is
	Peers         []netip.Prefix // where its requests and voice may come from, beside the server's own addresses
	Most          int            // calls at once; default 100
	Timers        Timers
	Log           *slog.Logger
}

// Timers of a trunk; each has a default (TM-04).
type Timers struct {
	First    time.Duration // to its first answer to a call, however provisional: 10 s
	Ring     time.Duration // 45 s
	Whole    time.Duration // a call, from its first packet: 180 s
	Ping     time.Duration // between looks whether it is there: 30 s; negative: it is not looked
	Register time.Duration // life of a registration that we ask for: 300 s
	Drain    time.Duration // that calls have to end in when we stop: 15 s
}

func (o Options) withDefaults() (Options, error) {
	t := &o.Timers
	for d, def := range map[*time.Duration]time.Duration{&t.First: 10 * time.Second, &t.Ring: 45 * time.Second, &t.Whole: 180 * time.Second,
		&t.Ping: 30 * time.Second, &t.Register: 300 * time.Second, &t.Drain: 15 * time.Second} {
		if *d == 0 {
			*d = def
		}
	}
	if o.Transport == "" {
		o.Transport = "udp"
	}
	if o.Most == 0 {
		o.Most = 100
	}
	if len(o.Laws) == 0 {
		o.Laws = []Law{PCMU, PCMA}
	}
	if o.Listen == "" {
		o.Listen = "0.0.0.0:0"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	host, _ := hostPort(o.Server)
	if o.Domain == "" {
		o.Domain = host
	}
	switch {
	case host == "":
		return o, errors.New("server: must be host or host:port")
	case !e164.MatchString(o.From):
		return o, errors.New("from: must be a number in E.164, such as +12025550100")
	case o.Transport != "udp" && o.Transport != "tcp" && o.Transport != "tls":
		return o, fmt.Errorf("transport: %q is none of udp, tcp and tls", o.Transport)
	case o.Transport == "tls" && o.TLS == nil:
		o.TLS = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	}
	return o, nil
}

// e164 is all that may become part of an address.
var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// hostPort cuts host:port; port is 0 where there is none.
func hostPort(text string) (host string, port int) {
	host, digits, err := net.SplitHostPort(text)
	if err != nil {
		return text, 0
	}
	port, err = strconv.Atoi(digits)
	if err != nil {
		return "", 0
	}
	return host, port
}

// dialled is a number as the trunk wants it.
func (o Options) dialled(number string) string {
	if o.Digits || o.Prefix != "" {
		return o.Prefix + number[1:]
	}
	return number
}
