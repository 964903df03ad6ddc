package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"sallyport/internal/config"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/factor"
	"sallyport/internal/prompts"
	"sallyport/internal/trunk"
)

// call makes one carrier of calls.
func (c *carriers) call(v config.CallCarrier) (delivery.Channel, error) {
	if v.SIP.Server != "" {
		return c.trunk(v)
	}
	limits := c.Config.Limits
	return delivery.NewTwilioVoice(delivery.TwilioVoice{Ring: limits.CallRing.D(), KeyWait: limits.CallKeyWait.D(), Machines: v.Twilio.MachineDetection, Keys: c.keys,
		Say: func(lang, key string) string {
			if l := c.words.In(lang); l != nil {
				return l.Say(key)
			}
			return c.words.All()[0].Say(key)
		},
		Twilio: delivery.Twilio{Label: v.Name, AccountSID: v.Twilio.AccountSID, AuthToken: v.Twilio.AuthToken, From: v.Twilio.From, API: v.Twilio.APIURL,
			Callback: strings.TrimRight(c.Config.PublicURL, "/") + "/hooks/call/" + v.Name}}), nil
}

// trunk makes a SIP trunk.
func (c *carriers) trunk(v config.CallCarrier) (delivery.Channel, error) {
	o, err := trunkOptions(v.SIP)
	if err != nil {
		return nil, err
	}
	limits := c.Config.Limits
	o.Log = c.Log.With("carrier", v.Name)
	o.Timers.Ring, o.Timers.Whole = limits.CallRing.D(), limits.CallWhole.D()
	t, err := trunk.New(o)
	if err != nil {
		return nil, err
	}
	var languages []string
	for _, l := range c.words.All() {
		languages = append(languages, l.Tag)
	}
	sounds, err := prompts.Load(c.Config.Voice.Prompts, languages...)
	if err != nil {
		return nil, fmt.Errorf("voice.prompts: %w", err)
	}
	return &delivery.SIPTrunk{Label: v.Name, Trunk: t, Prompts: sounds, KeyWait: limits.CallKeyWait.D(), Machines: v.SIP.MachineDetection == nil || *v.SIP.MachineDetection,
		Calls: c.calls, Receive: c.receive, Log: c.Log}, nil
}

func trunkOptions(s config.SIP) (o trunk.Options, err error) {
	o = trunk.Options{Server: s.Server, Transport: s.Transport, Domain: s.Domain, Username: s.Username, Password: s.Password.Reveal(), Register: s.Register, From: s.From, Name: s.CallerName,
		Digits: s.Digits, Prefix: s.Prefix, Listen: s.Listen, Behind: s.Symmetric, Most: s.Most, Timers: trunk.Timers{Ping: s.PingEvery()}}
	if o.FirstPort, o.LastPort, err = s.Ports(); err != nil {
		return o, err
	}
	if s.PublicAddress != "" {
		if o.PublicAddress, err = netip.ParseAddr(s.PublicAddress); err != nil {
			return o, err
		}
	}
	if o.Peers, err = networks(s.Peers); err != nil {
		return o, err
	}
	for _, codec := range s.Codecs {
		o.Laws = append(o.Laws, map[string]trunk.Law{"pcmu": trunk.PCMU, "pcma": trunk.PCMA}[codec])
	}
	if s.CAFile != "" {
		host, _, err := net.SplitHostPort(s.Server)
		if err != nil { // without a port
			host = s.Server
		}
		o.TLS = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
		if o.TLS.RootCAs, err = rootsOf(s.CAFile); err != nil {
			return o, err
		}
	}
	return o, nil
}

// trunks are the names of those whose calls a process leads itself.
func trunks(c config.Config) (names []string) {
	for _, v := range c.Voice.Carriers {
		if v.SIP.Server != "" {
			names = append(names, v.Name)
		}
	}
	return names
}

// follower tells the engine what happens to the calls that this process leads.
type follower struct{ app *App }

func (f follower) Told(ctx context.Context, id, event, note string) error {
	return f.app.Engine.CallEvent(ctx, id, factor.CallEvent(event), note)
}

func (f follower) Stands(ctx context.Context, id string) (delivery.CallStanding, error) {
	return f.app.Engine.CallStands(ctx, id)
}
