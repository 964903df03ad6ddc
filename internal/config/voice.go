package config

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sallyport/internal/secret"
)

// Calls is how calls are placed: by the webhook, and then by each carrier in this order
// where the one before did not take the call.
type Calls struct {
	Mode     string        `yaml:"mode"`    // what a call is for: pound (the default: # approves), spoken (it reads a code out), keypad (a number on the screen is keyed in)
	Prompts  string        `yaml:"prompts"` // folder of recordings in place of ours, for SIP trunks (docs/operator/voice.md)
	Webhook  Webhook       `yaml:"webhook"`
	Carriers []CallCarrier `yaml:"carriers"`
}

// CallCarrier places calls, by a SIP trunk or by a cloud provider: exactly one is set.
type CallCarrier struct {
	Name      string      `yaml:"name"`      // for staff, metrics and the address of its requests: lower-case letters, digits and -
	Countries []string    `yaml:"countries"` // regions (ISO 3166) that it is for; none: all
	Price     Money       `yaml:"price"`     // of one call
	SIP       SIP         `yaml:"sip"`
	Twilio    TwilioVoice `yaml:"twilio"`
}

// SIP is a SIP trunk (RFC 3261).
type SIP struct {
	Server           string      `yaml:"server"`            // host, found by SRV and then by address, or host:port
	Transport        string      `yaml:"transport"`         // udp (default), tcp, tls
	CAFile           string      `yaml:"ca_file"`           // certificates (PEM) to trust beside the system's, of tls
	Domain           string      `yaml:"domain"`            // of the addresses that are called; default: the server's host
	Username         string      `yaml:"username"`          // empty: the trunk knows us by our address
	Password         secret.Text `yaml:"password"`          //
	PasswordFile     string      `yaml:"password_file"`     //
	Register         bool        `yaml:"register"`          // tell the trunk where we are
	From             string      `yaml:"from"`              // caller id, E.164
	CallerName       string      `yaml:"caller_name"`       // shown beside it, where the network shows names
	Digits           bool        `yaml:"digits"`            // numbers are dialled without their +
	Prefix           string      `yaml:"prefix"`            // digits that are dialled first; no + then
	Listen           string      `yaml:"listen"`            // host:port of our end, for udp; default: any address, a port that is free
	PublicAddress    string      `yaml:"public_address"`    // ours, as the trunk sees it, behind a NAT
	VoicePorts       string      `yaml:"voice_ports"`       // 20000-20399: UDP ports of voice, two a call; default: any that is free
	Codecs           []string    `yaml:"codecs"`            // pcmu, pcma: the preferred first; default both
	Symmetric        bool        `yaml:"symmetric"`         // the trunk is behind a NAT: answer it where its packets come from
	Peers            []string    `yaml:"peers"`             // networks that its requests and voice come from, beside the server's addresses
	MachineDetection *bool       `yaml:"machine_detection"` // hang up on answering machines; default true
	Most             int         `yaml:"most"`              // calls at once; default 100
	Keepalive        *Duration   `yaml:"keepalive"`         // how often to look whether it is there; default 30s; 0: never
}

// TwilioVoice is Twilio's Programmable Voice, or another's of the same API.
type TwilioVoice struct {
	AccountSID       string      `yaml:"account_sid"`
	AuthToken        secret.Text `yaml:"auth_token"`
	AuthTokenFile    string      `yaml:"auth_token_file"`
	From             string      `yaml:"from"`              // number, E.164
	APIURL           string      `yaml:"api_url"`           // default https://api.twilio.com
	MachineDetection bool        `yaml:"machine_detection"` // have the provider tell people from machines, which costs more
}

var callModes = []string{"", "pound", "spoken", "keypad"}

// Ports reads voice_ports; both are 0 where there is none.
func (s SIP) Ports() (first, last int, err error) {
	if s.VoicePorts == "" {
		return 0, 0, nil
	}
	from, to, _ := strings.Cut(s.VoicePorts, "-")
	first, err1 := strconv.Atoi(strings.TrimSpace(from))
	last, err2 := strconv.Atoi(strings.TrimSpace(to))
	if err1 != nil || err2 != nil || first < 1024 || last > 65535 || last-first < 2 {
		return 0, 0, fmt.Errorf("must be two ports, such as 20000-20399, 1024 at least")
	}
	return first, last, nil
}

// PingEvery is how often to look whether it is there; negative: never.
func (s SIP) PingEvery() time.Duration {
	switch {
	case s.Keepalive == nil:
		return 30 * time.Second
	case s.Keepalive.D() <= 0:
		return -1
	}
	return s.Keepalive.D()
}

// check says what is wrong with a trunk.
func (s SIP) check(p *Problems, path string) {
	if host, port, err := net.SplitHostPort(s.Server); s.Server == "" || err == nil && (host == "" || !isPort(port)) || strings.ContainsAny(s.Server, " /@;") {
		p.add(path+".server", "must be a host or host:port, such as sip.carrier.example:5060")
	}
	switch s.Transport {
	case "", "udp", "tcp", "tls":
	default:
		p.add(path+".transport", "must be udp, tcp or tls")
	}
	if !callerID.MatchString(s.From) {
		p.add(path+".from", "must be a number in E.164, such as +12025550100")
	}
	if (s.Username == "") != s.Password.Empty() {
		p.add(path+".username", "username and password go together")
	}
	if s.Register && s.Username == "" {
		p.add(path+".register", "needs username and password")
	}
	if strings.Trim(s.Prefix, "0123456789") != "" {
		p.add(path+".prefix", "must be digits alone")
	}
	if strings.ContainsAny(s.CallerName+s.Domain, "\"\r\n<>;@") {
		p.add(path, "caller_name and domain may not hold quotes, brackets, ; or @")
	}
	s.checkNetwork(p, path)
}

func (s SIP) checkNetwork(p *Problems, path string) {
	if host, port, err := net.SplitHostPort(s.Listen); s.Listen != "" && (err != nil || net.ParseIP(host) == nil || !isPort(port) && port != "0") {
		p.add(path+".listen", "must be address:port, such as 0.0.0.0:5060")
	}
	if s.Listen != "" && s.Transport != "" && s.Transport != "udp" {
		p.add(path+".listen", "is of udp alone: over tcp and tls everything goes through our own connection")
	}
	if _, err := netip.ParseAddr(s.PublicAddress); s.PublicAddress != "" && err != nil {
		p.add(path+".public_address", "must be an IP address")
	}
	if _, _, err := s.Ports(); err != nil {
		p.add(path+".voice_ports", "%s", err)
	}
	for _, c := range s.Codecs {
		if c != "pcmu" && c != "pcma" {
			p.add(path+".codecs", "%q is neither pcmu nor pcma", c)
		}
	}
	for _, text := range s.Peers {
		if _, err := ParseNetwork(text); err != nil {
			p.add(path+".peers", "%q is no address or network", text)
		}
	}
	if s.Most < 0 || s.Most > 10_000 {
		p.add(path+".most", "must be 1 to 10000, or left out")
	}
}

func (t TwilioVoice) check(p *Problems, path string) {
	switch {
	case t.AuthToken.Empty():
		p.add(path+".auth_token", "must be set")
	case !callerID.MatchString(t.From):
		p.add(path+".from", "must be a number in E.164, such as +12025550100")
	case t.APIURL != "" && !isSafeURL(t.APIURL):
		p.add(path+".api_url", "must be an https address (http only for localhost)")
	}
}

func (c Config) checkCalls(p *Problems) {
	seen := map[string]bool{"webhook": c.Voice.Webhook.URL != ""}
	if !slices.Contains(callModes, c.Voice.Mode) {
		p.add("voice.mode", "must be pound, spoken or keypad")
	}
	if c.Voice.Webhook.URL != "" && c.Voice.Mode != "" && c.Voice.Mode != "pound" {
		p.add("voice.webhook", "knows # alone: mode must be pound, or leave the webhook out")
	}
	listens := map[string]string{}
	for i, v := range c.Voice.Carriers {
		path := fmt.Sprintf("voice.carriers[%d]", i)
		checkName(p, path, v.Name, seen)
		checkRegions(p, path+".countries", v.Countries)
		switch {
		case (v.SIP.Server == "") == (v.Twilio.AccountSID == ""):
			p.add(path, "needs sip.server or twilio.account_sid, and not both")
		case v.Twilio.AccountSID != "":
			v.Twilio.check(p, path+".twilio")
		default:
			v.SIP.check(p, path+".sip")
			if other := listens[v.SIP.Listen]; other != "" && v.SIP.Listen != "" && !strings.HasSuffix(v.SIP.Listen, ":0") {
				p.add(path+".sip.listen", "is that of %s, too: each trunk has a port of its own", other)
			}
			listens[v.SIP.Listen] = v.Name
		}
	}
}

var callerID = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
