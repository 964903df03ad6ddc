package app

import (
	"strings"

	"sallyport/internal/config"
	"sallyport/internal/door/delivery"
)

// call makes one carrier of calls.
func (c *carriers) call(v config.CallCarrier) delivery.Channel {
	limits := c.Config.Limits
	return delivery.NewTwilioVoice(delivery.TwilioVoice{Ring: limits.CallRing.D(), KeyWait: limits.CallKeyWait.D(), Machines: v.Twilio.MachineDetection,
		Say: func(lang, key string) string {
			if l := c.words.In(lang); l != nil {
				return l.Say(key)
			}
			return c.words.All()[0].Say(key)
		},
		Twilio: delivery.Twilio{Label: v.Name, AccountSID: v.Twilio.AccountSID, AuthToken: v.Twilio.AuthToken, From: v.Twilio.From, API: v.Twilio.APIURL,
			Callback: strings.TrimRight(c.Config.PublicURL, "/") + "/hooks/call/" + v.Name}})
}
