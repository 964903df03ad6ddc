package config

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/internal/secret"
)

// Every mistake in a trunk is said, with its path.
func TestTrunksAreChecked(t *testing.T) {
	never := Duration(0)
	good := SIP{Server: "sip.carrier.example", From: "+12025550100", Keepalive: &never}
	for name, tc := range map[string]struct {
		change func(*SIP)
		path   string
	}{
		"port":             {func(s *SIP) { s.Server = "sip.carrier.example:99999" }, "sip.server"},
		"an address of it": {func(s *SIP) { s.Server = "sip:x@y" }, "sip.server"},
		"transport":        {func(s *SIP) { s.Transport = "ws" }, "sip.transport"},
		"caller id":        {func(s *SIP) { s.From = "2025550100" }, "sip.from"},
		"no password":      {func(s *SIP) { s.Username = "harbor" }, "sip.username"},
		"no username":      {func(s *SIP) { s.Password = secret.NewText("x") }, "sip.username"},
		"registers whom":   {func(s *SIP) { s.Register = true }, "sip.register"},
		"prefix":           {func(s *SIP) { s.Prefix = "9p" }, "sip.prefix"},
		"headers":          {func(s *SIP) { s.CallerName = "Harbor\"\r\nX: y" }, "voice.carriers[0].sip"},
		"listen":           {func(s *SIP) { s.Listen = "sip.example:5060" }, "sip.listen"},
		"listen, of tcp":   {func(s *SIP) { s.Listen, s.Transport = "0.0.0.0:5060", "tcp" }, "sip.listen"},
		"public address":   {func(s *SIP) { s.PublicAddress = "sip.example" }, "sip.public_address"},
		"ports":            {func(s *SIP) { s.VoicePorts = "20000" }, "sip.voice_ports"},
		"few ports":        {func(s *SIP) { s.VoicePorts = "20000-20001" }, "sip.voice_ports"},
		"codecs":           {func(s *SIP) { s.Codecs = []string{"g729"} }, "sip.codecs"},
		"peers":            {func(s *SIP) { s.Peers = []string{"sbc"} }, "sip.peers"},
		"most":             {func(s *SIP) { s.Most = -1 }, "sip.most"},
	} {
		s := good
		tc.change(&s)
		var p Problems
		Config{Voice: Calls{Carriers: []CallCarrier{{Name: "trunk", SIP: s}}}}.checkCalls(&p)
		if len(p) == 0 || !strings.HasSuffix(p[0].Path, tc.path) {
			t.Errorf("%s: %v", name, p)
		}
	}
	var p Problems
	good.Listen, good.VoicePorts, good.Codecs, good.Peers, good.PublicAddress = "0.0.0.0:5060", "20000-20399", []string{"pcma"}, []string{"203.0.113.0/24"}, "203.0.113.9"
	if (Config{Voice: Calls{Mode: "spoken", Carriers: []CallCarrier{{Name: "trunk", SIP: good}}}}).checkCalls(&p); len(p) > 0 {
		t.Errorf("a good one: %v", p)
	}
	if first, last, err := good.Ports(); err != nil || first != 20000 || last != 20399 || good.PingEvery() != -1 || (SIP{}).PingEvery() != 30*time.Second {
		t.Errorf("%d to %d, %v, every %v", first, last, err, good.PingEvery())
	}
}

// What can't be together is refused.
func TestCallsThatDoNotGoTogether(t *testing.T) {
	trunk := SIP{Server: "sip.carrier.example", From: "+12025550100", Listen: "0.0.0.0:5060"}
	var p Problems
	Config{Voice: Calls{Mode: "keypad", Webhook: Webhook{URL: "https://v.example.org"}, Carriers: []CallCarrier{
		{Name: "one", SIP: trunk}, {Name: "one", SIP: trunk}, {Name: "both", SIP: trunk, Twilio: TwilioVoice{AccountSID: "AC1"}}, {Name: "none"}}}}.checkCalls(&p)
	var paths []string
	for _, problem := range p {
		paths = append(paths, problem.Path)
	}
	for _, want := range []string{"voice.webhook", "voice.carriers[1].name", "voice.carriers[1].sip.listen", "voice.carriers[2]", "voice.carriers[3]"} {
		if !slices.Contains(paths, want) {
			t.Errorf("no word about %s: %v", want, paths)
		}
	}
	p = nil
	if (Config{Voice: Calls{Mode: "loud"}}).checkCalls(&p); len(p) != 1 || p[0].Path != "voice.mode" {
		t.Errorf("%v", p)
	}
}
