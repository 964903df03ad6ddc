package app

import (
	"sallyport/internal/config"
	"sallyport/internal/door/factor"
	"sallyport/internal/door/web"
)

// assurance says what this installation's sessions may claim (TM-R1).
func assurance(c config.Config) (web.Assurance, error) {
	a := web.Assurance{Profile: string(c.Profile), Standard: "NIST SP 800-63B-4", Ways: map[string]factor.Claims{}, Deviations: c.Deviations()}
	call, proofs := "password and a call answered with #", factor.Proofs{Password: true, Call: true}
	switch callMode(c.Voice.Mode) {
	case factor.Spoken:
		call, proofs = "password and a code that a call reads out", factor.Proofs{Password: true, Spoken: true}
	case factor.Keypad:
		call = "password and a number that is keyed in on a call"
	}
	for name, proofs := range map[string]factor.Proofs{
		"password and a code by text":   {Password: true, Text: true},
		call:                            proofs,
		"password and a code by e-mail": {Password: true, Email: true},
	} {
		claims, err := factor.Claim(proofs)
		if err != nil {
			return a, err
		}
		a.Ways[name] = claims
	}
	return a, nil
}
