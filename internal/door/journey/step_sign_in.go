package journey

import (
	"fmt"
	"strings"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/factor"
	"sallyport/internal/door/session"
)

// SignIn makes the session, labelled with what was really done. It derives that
// from the facts and refuses where they are not enough: a journey with a wrong
// list of steps can't create a session.
var SignIn = Step{
	Name:   "sign-in",
	Done:   func(f *Facts) bool { return !f.SignIn.At.IsZero() },
	Clear:  func(f *Facts) { f.SignIn = SignInFacts{} },
	Effect: signIn,
}

// provenEvery is how often a proven telephone is noted: once a year matters.
const provenEvery = 30 * 24 * time.Hour

func signIn(r *Run) error {
	f := &r.Facts
	given := f.Password.Account != "" && f.Password.Account == r.Row.AccountID
	began := r.Row.AccountID != "" && (f.OldLogin.Account == r.Row.AccountID || f.Link.Account == r.Row.AccountID)
	chosen := began && !f.NewPassword.At.IsZero()
	reset := f.Mailbox.Account != "" && f.Mailbox.Account == r.Row.AccountID && f.Mailbox.Continued && !f.Reset.At.IsZero()
	if !(given || chosen || reset) || !r.Account().CanSignIn() {
		return fmt.Errorf("sign in: %w", factor.ErrNotProven)
	}
	claims, err := factor.Claim(factor.Proofs{Password: true, Email: f.Email.Continued || reset || given && f.Link.Account == r.Row.AccountID || chosen && !f.NewEmail.ProvenAt.IsZero(),
		Text: f.Phone.Proven == factor.Text, Call: f.Phone.Proven == factor.Voice && !f.Phone.Spoken, Spoken: f.Phone.Proven == factor.Voice && f.Phone.Spoken})
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	if f.Phone.Proven == "" && !r.mayUseEmail() { // the policy may have changed, or the account, since the steps were done
		return fmt.Errorf("sign in: a registered phone was not used: %w", factor.ErrNotProven)
	}
	if r.Account().Closed() && !reset { // who has just chosen a new password has opened it
		return reject("", "error.reported")
	}
	f.SignIn = SignInFacts{Method: account.EmailMethod, At: r.Now}
	if f.Phone.Proven != "" {
		f.SignIn.Method = account.PhoneMethod
		if r.Now.Sub(r.Account().PhoneProvenAt) > provenEvery {
			if err := r.Store.PhoneProven(r.Tx, r.Row.AccountID); err != nil {
				return err
			}
		}
	}
	token := r.sessionToken()
	remembered := f.Asked.Remember && r.mayBeRemembered()
	if r.Client.HasSession {
		if err := r.Store.DeleteSessionOfAnother(r.Tx, r.browser(r.Client), r.Row.AccountID); err != nil {
			return err
		}
	}
	err = r.Store.PutSession(r.Tx, &session.Session{
		ID: r.Store.Keys.HashText("session id", r.Row.ID), Browser: r.browser(r.Client), Token: r.tokenHash(token), AccountID: r.Row.AccountID,
		Epoch: r.Row.Epoch, Method: f.SignIn.Method, AMR: claims.AMR, ACR: claims.ACR, AuthTime: r.Now, Remembered: remembered,
		Agent: r.Client.Agent, LastSeenAt: r.Now, ExpiresAt: r.lives().Ends(r.Now, remembered),
	})
	if err != nil {
		return err
	}
	if err := r.Store.GiveBack(r.Tx, f.Taken...); err != nil {
		return err
	}
	f.Taken = nil
	return r.record(audit.SignedIn, map[string]string{"amr": strings.Join(claims.AMR, " "), "acr": claims.ACR, "remembered": fmt.Sprint(remembered)})
}

// mayBeRemembered: administrators only where policy allows (product.md 1.6).
func (r *Run) mayBeRemembered() bool {
	return r.lives().Remember > 0 && (r.Settings.RememberAdmins || r.Account().Role != account.Admin)
}

// SignedIn is what a finished journey gives its browser. It is derived from a
// key, the journey and the browser's cookie, so that a repeated request gets the
// same: a double click or a lost response strands nobody.
type SignedIn struct {
	SessionToken string // the session cookie
	Known        string // to add to the “known” cookie
	Path         string // where to go on
	At           time.Time
}

func (r *Run) signedIn() *SignedIn {
	path := r.Settings.Home
	if request := r.Facts.Asked.Request; request != "" {
		path = r.Settings.Resume + request
	}
	return &SignedIn{SessionToken: r.sessionToken(), Known: r.knownCookie(r.Account()), Path: path, At: r.Facts.SignIn.At}
}

func (r *Run) sessionToken() string {
	return r.Store.Keys.HashText("session token", r.Row.ID, r.Client.Browser)
}

func (e *Engine) tokenHash(token string) []byte { return e.Store.Keys.Hash("session", token) }

func (e *Engine) lives() session.Lives {
	l := e.Settings.Limits
	return session.Lives{Idle: l.SessionIdle.D(), Whole: l.SessionLife.D(), Remember: l.RememberFor.D()}
}
