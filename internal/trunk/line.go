package trunk

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// line is a trunk whose sockets are open.
type line struct {
	o      Options
	t      *Trunk
	ua     *sipgo.UserAgent
	client *sipgo.Client
	early  sipgo.DialogUA // of calls until they are answered: CANCEL goes where the answers come from
	dialog sipgo.DialogUA // … and after
	socket net.PacketConn // of UDP
	bind   net.IP         // where voice is taken
	host   netip.Addr     // that the trunk finds us at
	aor    sip.Uri        // our own address of record

	mu    sync.Mutex
	known []netip.Addr // addresses of the server, all that it ever had
	calls map[string]*Call
	all   map[*Call]bool
	busy  sync.WaitGroup
	reg   *sip.Request // its Call-ID and CSeq go on
}

func init() {
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler)) // it would log whole messages, with numbers
}

// open opens the sockets.
func (t *Trunk) open(ctx context.Context) (_ *line, err error) {
	l := &line{o: t.o, t: t, calls: map[string]*Call{}, all: map[*Call]bool{}}
	l.resolve(ctx)
	if len(l.known) == 0 {
		return nil, fmt.Errorf("no address of %s", t.o.Server)
	}
	own, err := route(l.known[0])
	if err != nil {
		return nil, err
	}
	if l.host = own; t.o.PublicAddress.IsValid() {
		l.host = t.o.PublicAddress
	}
	host, port := hostPort(t.o.Listen)
	if l.bind = net.ParseIP(host); l.bind == nil {
		return nil, fmt.Errorf("listen: %q is no address", host)
	}
	options := []sipgo.ClientOption{sipgo.WithClientNAT(), sipgo.WithClientHostname(l.host.String())}
	if t.o.Transport == "udp" {
		network := "udp4"
		if l.bind.To4() == nil {
			network = "udp6"
		}
		if l.socket, err = net.ListenPacket(network, net.JoinHostPort(host, strconv.Itoa(port))); err != nil {
			return nil, err
		}
		_, port = hostPort(l.socket.LocalAddr().String())
		options = append(options, sipgo.WithClientPort(port), sipgo.WithClientConnectionAddr(l.socket.LocalAddr().String()))
	} else {
		port = 0 // that of the connection
	}
	_, server := hostPort(t.o.Server)
	l.ua, err = sipgo.NewUA(sipgo.WithUserAgent("Sallyport"), sipgo.WithUserAgentHostname(t.o.Domain), sipgo.WithUserAgenTLSConfig(t.o.TLS),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerTerminateOnConnClose()),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerDNSLookupSRV(server == 0), sip.WithTransportLayerReadFilter(l.filter)))
	if err != nil {
		return nil, err
	}
	if l.client, err = sipgo.NewClient(l.ua, options...); err != nil {
		return nil, err
	}
	l.dialog = sipgo.DialogUA{Client: l.client, RewriteContact: t.o.Behind, ContactHDR: sip.ContactHeader{Address: l.contact(port)}}
	l.early = l.dialog
	l.early.RewriteContact = true
	l.aor = sip.Uri{Scheme: "sip", User: l.user(), Host: t.o.Domain}
	return l, l.serve()
}

// user is whose address we have at the trunk.
func (l *line) user() string {
	if l.o.Username != "" {
		return l.o.Username
	}
	return l.o.From
}

func (l *line) contact(port int) sip.Uri {
	u := sip.Uri{Scheme: "sip", User: l.user(), Host: l.host.String(), Port: port}
	if l.o.Transport != "udp" {
		u.UriParams.Add("transport", l.o.Transport)
	}
	return u
}

// route is the address of this machine that the server sees.
func route(server netip.Addr) (netip.Addr, error) {
	conn, err := net.Dial("udp", netip.AddrPortFrom(server, 5060).String()) // nothing is sent
	if err != nil {
		return netip.Addr{}, err
	}
	defer conn.Close()
	at, err := netip.ParseAddrPort(conn.LocalAddr().String())
	return at.Addr().Unmap(), err
}

// resolve adds the addresses that the server has now to those that it had: calls may still
// be at one of them.
func (l *line) resolve(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	host, port := hostPort(l.o.Server)
	hosts := []string{host}
	if _, err := netip.ParseAddr(host); err != nil && port == 0 {
		if _, list, err := net.DefaultResolver.LookupSRV(ctx, "sip", map[string]string{"udp": "udp", "tcp": "tcp", "tls": "tls"}[l.o.Transport], host); err == nil {
			for _, s := range list {
				hosts = append(hosts, strings.TrimSuffix(s.Target, "."))
			}
		}
	}
	for _, h := range hosts {
		found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", h)
		if err != nil {
			continue
		}
		l.mu.Lock()
		for _, a := range found {
			if a = a.Unmap(); !slices.Contains(l.known, a) {
				l.known = append(l.known, a)
			}
		}
		l.mu.Unlock()
	}
}

// isPeer tells whether an address is the trunk's.
func (l *line) isPeer(a netip.Addr) bool {
	a = a.Unmap()
	if slices.ContainsFunc(l.o.Peers, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Contains(l.known, a)
}

// filter drops what strangers send, unread (T-32).
func (l *line) filter(info sip.TransportReadProps, data []byte) ([]byte, error) {
	from, err := netip.ParseAddrPort(info.RemoteAddr.String())
	if err != nil || !l.isPeer(from.Addr()) {
		return nil, nil
	}
	return data, nil
}

// request is one of ours to the trunk, outside of any call.
func (l *line) request(method sip.RequestMethod, to sip.Uri) *sip.Request {
	req := sip.NewRequest(method, to)
	req.SetTransport(strings.ToUpper(l.o.Transport))
	req.SetDestination(l.o.Server)
	from := sip.FromHeader{Address: l.aor}
	from.Params.Add("tag", sip.GenerateTagN(16))
	contact := l.dialog.ContactHDR
	req.AppendHeader(&from)
	req.AppendHeader(&contact)
	req.AppendHeader(sip.NewHeader("User-Agent", "Sallyport"))
	return req
}

// ping asks the trunk for its options (RFC 3261 section 11). Any answer will do.
func (l *line) ping(ctx context.Context) error {
	limit := 5 * time.Second
	if l.o.Timers.Ping > 0 {
		limit = min(limit, l.o.Timers.Ping)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	_, err := l.client.Do(ctx, l.request(sip.OPTIONS, sip.Uri{Scheme: "sip", Host: l.o.Domain}))
	return l.explained(err)
}

// explained says silence as such.
func (l *line) explained(err error) error {
	if err == nil {
		return nil
	}
	if strings.Contains(err.Error(), "deadline") || strings.Contains(err.Error(), "timed out") {
		return ErrSilent
	}
	return err
}

// drain lets calls end by themselves, hangs up those that don't, and closes the line.
func (l *line) drain(within time.Duration) {
	limit := time.NewTimer(within)
	defer limit.Stop()
	for _, c := range l.live() {
		select {
		case <-c.Ended():
		case <-limit.C:
			limit.Reset(0)
		}
	}
	for _, c := range l.live() {
		c.HangUp()
	}
	l.over(byeWithin)
}

// live are the calls that have not ended, or whose end the far end has not confirmed.
func (l *line) live() (list []*Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.all {
		list = append(list, c)
	}
	return list
}

// over waits until nothing is left of any call.
func (l *line) over(within time.Duration) {
	over := make(chan struct{})
	go func() { l.busy.Wait(); close(over) }()
	select {
	case <-over:
	case <-time.After(within):
	}
}

func (l *line) close() {
	_ = l.ua.Close()
	if l.socket != nil {
		_ = l.socket.Close()
	}
	l.over(time.Second)
}
