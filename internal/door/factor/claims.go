package factor

import (
	"errors"
	"slices"
)

// Claims are what a session may honestly say about its sign-in: amr (RFC 8176
// section 2) and acr. See docs/assurance.md.
type Claims struct {
	AMR []string `json:"amr"`
	ACR string   `json:"acr"`
}

// TwoStep is the acr of a password and a second step that NIST SP 800-63B-4
// does not take for a second factor: AAL1.
const TwoStep = "urn:sallyport:acr:2step"

// Upstream is the acr of staff whose identity provider asserted nothing that the
// operator mapped: it is not known what they did there.
const Upstream = "urn:sallyport:acr:upstream"

// Proofs are the things a journey has proven.
type Proofs struct {
	Password bool
	Email    bool // a code from the mailbox
	Text     bool // a code from a text
	Call     bool // a call answered with #, or with the number that the browser showed
	Spoken   bool // a code that a call read out
}

// ErrNotProven means that the proofs do not make a sign-in.
var ErrNotProven = errors.New("what was proven does not make a sign-in")

// Claim returns what the proofs are worth, or ErrNotProven where they are not a
// password and one second step. A text claims 2step, too, until a
// phishing-resistant alternative can be enrolled (NIST-OOB-4, NIST-AAL-3).
func Claim(p Proofs) (Claims, error) {
	if !p.Password {
		return Claims{}, ErrNotProven
	}
	switch {
	case p.Text:
		return Claims{[]string{"pwd", "sms", "mfa"}, TwoStep}, nil
	case p.Spoken: // it carries a secret to the telephone, as a text does (NIST-OOB-3b)
		return Claims{[]string{"pwd", "tel", "mfa"}, TwoStep}, nil
	case p.Call:
		return Claims{[]string{"pwd", "tel"}, TwoStep}, nil
	case p.Email:
		return Claims{[]string{"pwd", "email"}, TwoStep}, nil
	}
	return Claims{}, ErrNotProven
}

// ACRs are the acr values that a sign-in here can come to, the least first.
func ACRs() []string { return []string{TwoStep} }

// Reachable tells whether some sign-in here comes to this acr.
func Reachable(acr string) bool { return slices.Contains(ACRs(), acr) }
