package config

import (
	"errors"
	"fmt"

	"sallyport/internal/secret"
)

// readCarrierSecrets reads the files that relays and carriers name.
func (c *Config) readCarrierSecrets() error {
	var errs []error
	for i := range c.Email.Relays {
		r := &c.Email.Relays[i]
		errs = append(errs, readSecret(fmt.Sprintf("email.relays[%d].password", i), r.PasswordFile, &r.Password))
	}
	for i := range c.Text.Carriers {
		t, path := &c.Text.Carriers[i], fmt.Sprintf("text.carriers[%d]", i)
		errs = append(errs,
			readSecret(path+".twilio.auth_token", t.Twilio.AuthTokenFile, &t.Twilio.AuthToken),
			readSecret(path+".smpp.password", t.SMPP.PasswordFile, &t.SMPP.Password),
			readSecret(path+".webhook.secret", t.Webhook.SecretFile, &t.Webhook.Secret))
		for name, file := range t.HTTP.SecretFiles {
			var s secret.Text
			if kept, ok := t.HTTP.Secrets[name]; ok {
				s = kept
			}
			errs = append(errs, readSecret(path+".http.secrets."+name, file, &s))
			if t.HTTP.Secrets == nil {
				t.HTTP.Secrets = map[string]secret.Text{}
			}
			t.HTTP.Secrets[name] = s
		}
	}
	for i := range c.Voice.Carriers {
		v := &c.Voice.Carriers[i]
		errs = append(errs, readSecret(fmt.Sprintf("voice.carriers[%d].twilio.auth_token", i), v.Twilio.AuthTokenFile, &v.Twilio.AuthToken),
			readSecret(fmt.Sprintf("voice.carriers[%d].sip.password", i), v.SIP.PasswordFile, &v.SIP.Password))
	}
	return errors.Join(errs...)
}
