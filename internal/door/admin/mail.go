package admin

import (
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/words"
)

// language is the person's or, where that is not known, the actor's.
func (x *act) language(a *account.Account) *words.Language {
	for _, tag := range []string{a.Lang, x.by.Lang} {
		if l := x.Words.In(tag); l != nil {
			return l
		}
	}
	return x.Words.All()[0]
}

// sendLink mails a link that begins or finishes the person's registration.
func (x *act) sendLink(a *account.Account, to, purpose, word string) error {
	token, l := secret.Token(), x.language(a)
	if err := x.Store.InsertLink(x.tx, token, store.Link{Purpose: purpose, AccountID: a.ID, Epoch: a.Epoch, ExpiresAt: x.tx.Now.Add(x.LinkLife)}); err != nil {
		return err
	}
	link := x.PublicURL + "/link/" + token
	args := []any{"Username", a.Username, "Link", link, "N", int(x.LinkLife / time.Hour)}
	return x.Store.InsertMessageFor(x.tx, a.ID, delivery.Message{ID: secret.TimeID(x.tx.Now), Kind: delivery.Link, Channel: "email", To: to, Lang: l.Tag, Links: []string{link},
		Subject: l.Say("admin."+word+".subject", args...), Text: l.Say("admin."+word+".text", args...), Expires: x.tx.Now.Add(x.LinkLife)})
}

// sendUndo tells the address on file that a registration with another address was reset,
// with a link that undoes that registration.
func (x *act) sendUndo(a *account.Account) error {
	token, l := secret.Token(), x.language(a)
	if err := x.Store.InsertLink(x.tx, token, store.Link{Purpose: store.UndoRegistrationLink, AccountID: a.ID, ExpiresAt: x.tx.Now.Add(x.UndoLife)}); err != nil {
		return err
	}
	link := x.PublicURL + "/undo/" + token
	args := []any{"Username", a.Username, "Email", account.MaskEmail(a.Email), "Link", link, "N", int(x.UndoLife / (24 * time.Hour))}
	return x.Store.InsertMessageFor(x.tx, a.ID, delivery.Message{ID: secret.TimeID(x.tx.Now), Kind: delivery.Link, Class: delivery.SecurityNotice, Channel: "email", To: a.FileEmail, Lang: l.Tag, Links: []string{link},
		Subject: l.Say("admin.reset_undo.subject", args...), Text: l.Say("admin.reset_undo.text", args...), Expires: x.tx.Now.Add(24 * time.Hour)})
}

// tell mails a notice.
func (x *act) tell(a *account.Account, class delivery.Class, to, word string) error {
	l := x.language(a)
	args := []any{"Username", a.Username, "URL", x.PublicURL + "/register/first"}
	return x.Store.InsertMessageFor(x.tx, a.ID, delivery.Message{ID: secret.TimeID(x.tx.Now), Kind: delivery.Notice, Class: class, Channel: "email", To: to, Lang: l.Tag,
		Subject: l.Say("admin."+word+".subject", args...), Text: l.Say("admin."+word+".text", args...), Expires: x.tx.Now.Add(24 * time.Hour)})
}

// text sends a notice to the telephone on file.
func (x *act) text(a *account.Account, word string) error {
	if a.Phone == "" || !x.Text {
		return nil
	}
	l := x.language(a)
	return x.Store.InsertMessageFor(x.tx, a.ID, delivery.Message{ID: secret.TimeID(x.tx.Now), Kind: delivery.Notice, Class: delivery.SecurityNotice, Channel: "sms", To: a.Phone, Country: account.Region(a.Phone), Lang: l.Tag,
		Text: l.Say("admin."+word+".sms", "URL", x.PublicURL), Expires: x.tx.Now.Add(24 * time.Hour)})
}
