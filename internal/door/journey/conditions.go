package journey

import "sallyport/internal/door/account"

// Conditions under which steps apply. They read facts and the live account, never
// a form.

// unfinished: the password was right, or the mailbox proven, and the registration
// had stopped half-way.
func unfinished(r *Run) bool { return r.Facts.Password.Unfinished || r.Facts.Mailbox.Unfinished }

func chosePhone(r *Run) bool { return r.Facts.Method.Choice == account.PhoneMethod }

func finishingByPhone(r *Run) bool { return unfinished(r) && chosePhone(r) }

// usesPhone: a telephone is registered, or being registered.
func usesPhone(r *Run) bool {
	if unfinished(r) {
		return chosePhone(r)
	}
	a := r.Account()
	return a != nil && a.Method == account.PhoneMethod
}

func finishingByEmail(r *Run) bool {
	return unfinished(r) && r.Facts.Method.Choice == account.EmailMethod
}

// asksMailbox: a registration is being finished by e-mail, or the telephone on record was
// not proven for so long that it may be somebody else's by now (T-27).
func asksMailbox(r *Run) bool { return finishingByEmail(r) || r.phoneAged() }

// phoneAged: of who is registered.
func (r *Run) phoneAged() bool {
	a := r.Account()
	return a != nil && a.State == account.Registered && a.PhoneAged(r.Now, r.Settings.Limits.PhoneConfirmedFor.D())
}

func not(condition func(*Run) bool) func(*Run) bool {
	return func(r *Run) bool { return !condition(r) }
}

// registering: the account is not registered yet, so what is proven is new.
func (r *Run) registering() bool {
	a := r.Account()
	return a != nil && a.State != account.Registered
}
