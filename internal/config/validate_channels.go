package config

import (
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

func (c Config) checkChannels(p *Problems) {
	if c.Email.SMTP.Host == "" {
		p.add("email.smtp.host", "must be set: without e-mail nobody can recover an account")
	}
	if _, err := mail.ParseAddress(c.Email.From); err != nil {
		p.add("email.from", "must be an e-mail address")
	}
	for path, address := range map[string]string{"email.reply_to": c.Email.ReplyTo, "email.return_path": c.Email.ReturnPath} {
		if address != "" && !isAddress(address) {
			p.add(path, "must be an e-mail address alone, such as bounces@mail.example.org")
		}
	}
	if local, _, _ := strings.Cut(c.Email.ReturnPath, "@"); len(local) > 20 {
		p.add("email.return_path", "must have at most 20 characters before the @: each message's own mark is added there")
	}
	if c.Email.Bounces.Listen != "" {
		if _, port, err := net.SplitHostPort(c.Email.Bounces.Listen); err != nil || !isPort(port) {
			p.add("email.bounces.listen", "must be host:port, such as 127.0.0.1:2525")
		}
		if c.Email.ReturnPath == "" {
			p.add("email.bounces.listen", "needs email.return_path: bounces go nowhere else")
		}
	}
	seen := map[string]bool{}
	for i, relay := range c.Email.AllRelays() {
		path := "email.smtp"
		if i > 0 {
			path = fmt.Sprintf("email.relays[%d]", i-1)
		}
		checkRelay(p, path, relay, i > 0)
		if seen[relay.Name] {
			p.add(path+".name", "%q is there twice", relay.Name)
		}
		seen[relay.Name] = true
	}
	checkWebhook(p, "text.webhook", c.Text.Webhook)
	checkWebhook(p, "voice.webhook", c.Voice.Webhook)
	checkWebhook(p, "alerts.webhook", c.Alerts.Webhook)
	c.checkCarriers(p)
	c.checkCalls(p)
	for i, address := range c.Alerts.Email {
		if !isAddress(address) {
			p.add(fmt.Sprintf("alerts.email[%d]", i), "%q is no e-mail address", address)
		}
	}
}

func checkRelay(p *Problems, path string, r SMTP, needsHost bool) {
	if needsHost && r.Host == "" {
		p.add(path+".host", "must be set")
	}
	switch r.TLS {
	case "starttls", "tls":
	case "none":
		if !isLocal(r.Host) {
			p.add(path+".tls", "none is allowed to this machine alone: codes would travel in clear")
		}
	default:
		p.add(path+".tls", "must be starttls, tls or none")
	}
}

func checkWebhook(p *Problems, path string, hook Webhook) {
	if hook.URL == "" {
		return
	}
	if !isSafeURL(hook.URL) {
		p.add(path+".url", "must be an https address (http only for localhost)")
	}
	if len(hook.Secret.Reveal()) < 32 {
		p.add(path+".secret", "must have at least 32 characters: requests are signed with it")
	}
}

var carrierName = regexp.MustCompile(`^[a-z0-9-]{1,30}$`)

func (c Config) checkCarriers(p *Problems) {
	seen := map[string]bool{"webhook": c.Text.Webhook.URL != ""}
	for i, t := range c.Text.Carriers {
		path := fmt.Sprintf("text.carriers[%d]", i)
		checkName(p, path, t.Name, seen)
		checkRegions(p, path+".countries", t.Countries)
		switch t.Kind() {
		case "twilio":
			t.Twilio.check(p, path+".twilio")
		case "http":
			t.HTTP.check(p, path+".http")
		case "smpp":
			t.SMPP.check(p, path+".smpp")
		case "webhook":
			checkWebhook(p, path+".webhook", t.Webhook)
		default:
			p.add(path, "needs exactly one of twilio, http, smpp and webhook")
		}
	}
}

// checkName checks a carrier's name, which no other may have.
func checkName(p *Problems, path, name string, seen map[string]bool) {
	if !carrierName.MatchString(name) {
		p.add(path+".name", "%q must be 1 to 30 lower-case letters, digits and -", name)
	}
	if seen[name] {
		p.add(path+".name", "%q is there twice", name)
	}
	seen[name] = true
}

func checkRegions(p *Problems, path string, regions []string) {
	for _, region := range regions {
		if len(region) != 2 || strings.ToUpper(region) != region {
			p.add(path, "%q is no region of two capital letters, such as US", region)
		}
	}
}

func (t Twilio) check(p *Problems, path string) {
	if t.AuthToken.Empty() {
		p.add(path+".auth_token", "must be set")
	}
	if (t.From == "") == (t.MessagingServiceSID == "") {
		p.add(path, "needs from or messaging_service_sid, and not both")
	}
	if t.APIURL != "" && !isSafeURL(t.APIURL) {
		p.add(path+".api_url", "must be an https address (http only for localhost)")
	}
}

// check leaves the templates to the channel, which compiles them at start.
func (h HTTP) check(p *Problems, path string) {
	if plain, _, _ := strings.Cut(h.URL, "{{"); !isSafeURL(plain) {
		p.add(path+".url", "must begin with an https address (http only for localhost), up to its first {{")
	}
	if !slices.Contains([]string{"", "GET", "POST", "PUT"}, h.Method) {
		p.add(path+".method", "must be GET, POST or PUT")
	}
	if h.Receipts.Field != "" && (h.Receipts.Delivered == "" || h.Receipts.Undelivered == "") {
		p.add(path+".receipts", "needs delivered and undelivered: what the field says in each case")
	}
	for name, s := range h.Secrets {
		if s.Empty() {
			p.add(path+".secrets."+name, "is empty")
		}
	}
}

func (s SMPP) check(p *Problems, path string) {
	if _, port, err := net.SplitHostPort(s.Address); err != nil || !isPort(port) {
		p.add(path+".address", "must be host:port, such as smsc.example.org:2775")
	}
	if s.SystemID == "" || len(s.SystemID) > 15 {
		p.add(path+".system_id", "must have 1 to 15 characters")
	}
	if len(s.Password.Reveal()) > 8 {
		p.add(path+".password", "must have at most 8 characters, by the protocol")
	}
	if !slices.Contains([]string{"", "gsm", "latin1", "ucs2"}, s.Alphabet) {
		p.add(path+".alphabet", "must be gsm, latin1 or ucs2")
	}
	if s.SourceTON < 0 || s.SourceTON > 6 || s.SourceNPI < 0 || s.SourceNPI > 18 {
		p.add(path, "source_ton is 0 to 6 and source_npi 0 to 18")
	}
	if s.Window < 0 || s.Window > 1000 {
		p.add(path+".window", "must be 1 to 1000, or left out")
	}
}

func isAddress(text string) bool {
	a, err := mail.ParseAddress(text)
	return err == nil && a.Address == text
}

// isSafeURL: https, or http to this machine.
func isSafeURL(text string) bool {
	to, err := url.Parse(text)
	return err == nil && to.Host != "" && (to.Scheme == "https" || to.Scheme == "http" && isLocal(to.Hostname()))
}
