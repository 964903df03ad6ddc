package config

import "time"

// Deviations names, for the operator, every setting by which sign-in claims less
// than NIST SP 800-63B-4 asks of AAL2 (TM-R1). They are printed at start.
func (c Config) Deviations() []string {
	said := []string{
		"NIST-OOB-1: sign-in by e-mailed code is a second step, not a second factor: its sessions claim 2step",
	}
	switch c.Voice.Mode {
	case "spoken":
	case "keypad":
		said = append(said, "NIST-OOB-3b: a number that is keyed in on a call goes the way that the standard does not speak of: its sessions claim 2step")
	default:
		said = append(said, "NIST-OOB-3: a call answered with # carries no secret to the phone: its sessions claim 2step (voice.mode: spoken does)")
	}
	said = append(said, "NIST-AAL-3: no phishing-resistant factor can be enrolled yet: sessions by text claim 2step")
	if life := c.Limits.EmailCodeLife.D(); life < time.Minute {
		said = append(said, "TM-01: the e-mailed sign-in code works for "+c.Limits.EmailCodeLife.String()+
			"; people who need longer choose “Give me more time” (WCAG 2.2.1)")
	}
	if c.Limits.RememberFor.D() > time.Hour {
		said = append(said, "NIST-AAL-2: Remember Me outlives one hour of inactivity (TM-16)")
	}
	return said
}
