package app

import (
	"sallyport/internal/config"
	"sallyport/internal/door/factor"
	"sallyport/internal/door/web"
)

// assurance says what this installation's sessions may claim (TM-R1).
func assurance(c config.Config) (web.Assurance, error) {
	a := web.Assurance{Profile: string(c.Profile), Standard: "NIST SP 800-63B-4", Ways: map[string]factor.Claims{}, Deviations: c.Deviations()}
	for name, proofs := range map[string]factor.Proofs{
		"password and a code by text":         {Password: true, Text: true},
		"password and a call answered with #": {Password: true, Call: true},
		"password and a code by e-mail":       {Password: true, Email: true},
	} {
		claims, err := factor.Claim(proofs)
		if err != nil {
			return a, err
		}
		a.Ways[name] = claims
	}
	return a, nil
}
