package journey

import (
	"context"
	"sync"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/passhash"
)

// OldLogin is “LOGIN” with the old portal's username and password (product.md
// 1.2, step 1) or, after an administrator's reset, username or sign-in address and the
// present password. Every failed try has one answer, and costs the same: unknown
// people are checked against a decoy of a shape that is really stored (T-21, T-30).
var OldLogin = Step{
	Name: "old-login", Label: "step.old_login",
	Done:    func(f *Facts) bool { return f.OldLogin.Account != "" },
	Clear:   func(f *Facts) { f.OldLogin = OldLoginFacts{} },
	View:    func(r *Run) View { return OldLoginView{} },
	Actions: map[string]Action{"old_login": {Count: countOldLogin, Slow: checkOldLogin, Do: takeOldLogin}},
}

// OldLoginView is “If you have not already registered for multi-factor authentication …”.
type OldLoginView struct{}

func countOldLogin(r *Run, f Form) error {
	username := account.FoldUsername(f["username"])
	switch {
	case username == "":
		return reject("username", "error.username_missing")
	case f["password"] == "":
		return reject("password", "error.password_missing")
	}
	var err error
	if r.found, err = r.Store.AccountToRegister(r.Tx, username); err != nil {
		return err
	}
	if _, err := r.Store.CountTry(r.Tx, "old password", r.passwordLimits(), r.usernameKey(username)); err != nil {
		return err
	}
	return r.takeFailure()
}

func checkOldLogin(ctx context.Context, r *Run, f Form) (any, error) {
	if r.found != nil && r.found.State == account.Reset {
		right, err := passhash.Verify(f["password"], r.found.PasswordHash)
		return verdict{r.found, right, r.takes}, err
	}
	if r.found != nil && r.found.OldHash != "" {
		right, err := passhash.VerifyImported(f["password"], r.found.OldHash)
		return verdict{r.found, right, r.takes}, err
	}
	decoy, err := r.oldDecoy(ctx, account.FoldUsername(f["username"]))
	if err != nil {
		return nil, err
	}
	_, err = passhash.VerifyImported(f["password"], decoy)
	return verdict{r.found, false, r.takes}, err
}

func takeOldLogin(r *Run, f Form) error {
	v, ok := r.Slow.(verdict)
	if !ok {
		return errStale
	}
	r.found = v.found
	detail := map[string]string{"journey": r.Journey.Name}
	if v.found != nil {
		detail["state"] = string(v.found.State)
	}
	if !v.right || v.found.State != account.Imported && v.found.State != account.Reset {
		if v.found != nil {
			r.Row.AccountID = v.found.ID // for the record alone: a rejected row is not written
		}
		if err := r.record(audit.PasswordRefused, detail); err != nil {
			return err
		}
		r.Observe("old password refused")
		r.alarm.failed()
		if v.right && v.found.State == account.Half {
			return reject("", "error.registration_error")
		}
		return reject("", "error.old_login")
	}
	r.bind(v.found)
	r.Facts.OldLogin = OldLoginFacts{Account: v.found.ID, At: r.Now}
	r.Facts.Taken = append(r.Facts.Taken, v.taken...)
	if err := r.Store.ResetTries(r.Tx, r.usernameKey(account.FoldUsername(f["username"]))); err != nil {
		return err
	}
	if err := r.Store.SetProgress(r.Tx, v.found.ID, account.Begun); err != nil {
		return err
	}
	return r.record(audit.PasswordAccepted, detail)
}

func (r *Run) usernameKey(username string) []byte {
	return r.Store.OldPasswordTries(username)
}

// oldDecoys remembers the decoys for a while.
type oldDecoys struct {
	sync.Mutex
	list []string
	read time.Time
}

// decoysKept is how long the stored shapes are remembered.
const decoysKept = time.Minute

// oldDecoy draws, by a keyed hash of the username, from the decoys of the shapes
// that are stored: the same username always costs the same.
func (e *Engine) oldDecoy(ctx context.Context, username string) (string, error) {
	e.oldDecoys.Lock()
	defer e.oldDecoys.Unlock()
	now := e.Store.DB.Now()
	if now.Sub(e.oldDecoys.read) >= decoysKept {
		list, err := e.Store.Decoys(e.Store.Read(ctx))
		if err != nil {
			return "", err
		}
		e.oldDecoys.list, e.oldDecoys.read = list, now
	}
	if len(e.oldDecoys.list) == 0 {
		return e.decoy, nil
	}
	draw := e.Store.Keys.Hash("decoy", username)
	return e.oldDecoys.list[(int(draw[0])<<8|int(draw[1]))%len(e.oldDecoys.list)], nil
}
