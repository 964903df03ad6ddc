package journey

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/passhash"
	"sallyport/internal/door/store"
)

// Password asks for e-mail address and password (product.md 1.4). Whoever is
// unknown, unregistered or disabled gets the same page, the same statements and
// the same hash as whoever mistyped (T-01, T-30).
var Password = Step{
	Name: "password", Label: "step.password",
	Done:  func(f *Facts) bool { return f.Password.Account != "" },
	Clear: func(f *Facts) { f.Password = PasswordFacts{} },
	View: func(r *Run) View {
		return SignInView{ByEmail: r.Journey.Button == account.EmailMethod, Email: r.Facts.Asked.Email}
	},
	Actions: map[string]Action{"sign_in": {Count: countPassword, Slow: checkPassword, Do: takePassword}},
}

// SignInView is “Sign in with your email address”.
type SignInView struct {
	ByEmail bool   // “Use this only if you do not have access to a direct phone line.”
	Email   string // to begin with
}

// verdict is what the hash said; found is whose it was.
type verdict struct {
	found *account.Account
	right bool
	taken []store.Token
}

// countPassword looks the account up and counts the try before it is made: on
// the address that was typed, so that unknown ones count alike, and on the
// client's network.
func countPassword(r *Run, f Form) error {
	email := account.FoldEmail(f["email"])
	if err := checkPasswordForm(email, f); err != nil {
		return err
	}
	var err error
	if r.found, err = r.Store.AccountByEmail(r.Tx, email); err != nil {
		return err
	}
	if _, err := r.Store.CountTry(r.Tx, "password", r.passwordLimits(), r.passwordKey(email)); err != nil {
		return err
	}
	return r.takeFailure()
}

// takeFailure takes what a wrong password costs before it is known to be one. A
// known browser's is its own.
func (r *Run) takeFailure() error {
	r.take(r.failureToken())
	if r.found != nil && slices.Contains(r.Client.Known, r.knownCookie(r.found)) {
		return nil
	}
	strange, err := r.strangeTokens()
	r.take(strange...)
	return err
}

// checkPasswordForm says what is missing, before anything is counted.
func checkPasswordForm(email string, f Form) error {
	switch {
	case strings.TrimSpace(f["email"]) == "":
		return reject("email", "error.email_missing")
	case email == "":
		return reject("email", "error.email_malformed")
	case f["password"] == "":
		return reject("password", "error.password_missing")
	}
	return nil
}

// checkPassword runs the one hash that every try costs.
func checkPassword(_ context.Context, r *Run, f Form) (any, error) {
	hash := r.decoy
	link := r.Facts.Link.Account
	opens := r.found.HasPassword() || r.found.ResetBy(link)
	if link != "" { // the link's own person, whose registration is still to be finished
		opens = opens && r.found.ID == link && r.found.Unfinished()
	}
	if opens {
		hash = r.found.PasswordHash
	}
	right, err := passhash.Verify(f["password"], hash)
	right = right && opens
	return verdict{r.found, right, r.takes}, err
}

func takePassword(r *Run, f Form) error {
	v, ok := r.Slow.(verdict)
	if !ok {
		return errStale
	}
	r.found = v.found
	detail := map[string]string{"journey": r.Journey.Name}
	if !v.right {
		if v.found != nil {
			r.Row.AccountID = v.found.ID // for the record alone: a rejected row is not written
			detail["state"] = string(v.found.State)
		}
		if err := r.record(audit.PasswordRefused, detail); err != nil {
			return err
		}
		r.Observe("password refused")
		r.alarm.failed()
		return reject("", "error.sign_in")
	}
	if v.found.Closed() {
		return r.refuseReported(v.found, detail)
	}
	r.bind(v.found)
	r.Facts.Password = PasswordFacts{Account: v.found.ID, At: r.Now, Unfinished: v.found.Unfinished()}
	r.Facts.Taken = append(r.Facts.Taken, v.taken...)
	if err := r.Store.ResetTries(r.Tx, r.passwordKey(v.found.Email)); err != nil {
		return err
	}
	return r.record(audit.PasswordAccepted, detail)
}

// refuseReported answers who has the right password of an account that is closed, because
// somebody reported a call: what opens it is a new one.
func (r *Run) refuseReported(a *account.Account, detail map[string]string) error {
	r.Row.AccountID, detail["closed"] = a.ID, "reported"
	if err := r.record(audit.PasswordRefused, detail); err != nil {
		return err
	}
	return reject("", "error.reported")
}

// passwordKey counts the tries for one address. A browser that completed a
// sign-in of this account has an allowance of its own, so that a stranger's
// tries never make it wait (T-33).
func (r *Run) passwordKey(email string) []byte {
	lane := store.EverybodysLane
	if r.found != nil && slices.Contains(r.Client.Known, r.knownCookie(r.found)) {
		lane = store.KnownLane
	}
	return r.Store.PasswordTries(lane, email)
}

// knownCookie is what a browser keeps that completed a sign-in of this account.
// It grants nothing but that allowance.
func (e *Engine) knownCookie(a *account.Account) string {
	return e.Store.Keys.HashText("known", a.ID, strconv.FormatInt(a.Epoch, 10))
}
