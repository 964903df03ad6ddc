package journey

import (
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
)

// AskByPassword asks for the address and the password that a registration was
// begun with. Whatever they are, the answer is the same page (T-04).
var AskByPassword = Step{
	Name: "ask-by-password", Label: "step.password",
	Done:    func(f *Facts) bool { return !f.Ask.At.IsZero() },
	Clear:   func(f *Facts) { f.Ask = AskFacts{} },
	View:    func(r *Run) View { return AskByPasswordView{} },
	Actions: map[string]Action{"send_link": {Count: countPassword, Slow: checkPassword, Do: sendLinkByPassword}},
}

// AskByUsername asks for the username. Whatever it is, the answer is the same page
// (T-03); what the person should know goes to the address on file.
var AskByUsername = Step{
	Name: "ask-by-username", Label: "step.user",
	Done:    func(f *Facts) bool { return !f.Ask.At.IsZero() },
	Clear:   func(f *Facts) { f.Ask = AskFacts{} },
	View:    func(r *Run) View { return AskByUsernameView{} },
	Actions: map[string]Action{"submit": {Do: sendLinkByUsername(false)}},
}

// AskForPortalPassword asks for the username of who forgot the old portal's
// password. It answers like AskByUsername.
var AskForPortalPassword = Step{
	Name: "ask-for-portal-password", Label: "step.user",
	Done:    func(f *Facts) bool { return !f.Ask.At.IsZero() },
	Clear:   func(f *Facts) { f.Ask = AskFacts{} },
	View:    func(r *Run) View { return AskByUsernameView{Forgot: true} },
	Actions: map[string]Action{"submit": {Do: sendLinkByUsername(true)}},
}

// LinkSent says what happens now. There is nothing to press.
var LinkSent = Step{
	Name:  "link-sent",
	Done:  func(f *Facts) bool { return false },
	Clear: func(f *Facts) {},
	View: func(r *Run) View {
		return LinkSentView{Reference: r.Facts.Ask.Reference, Minutes: int(r.Settings.Limits.LinkLife.D() / time.Minute)}
	},
}

// Views of the three steps.
type (
	AskByPasswordView struct{}
	AskByUsernameView struct {
		Forgot bool // the old portal's password; else “Registration Error”
	}
	LinkSentView struct {
		Reference string // that support can look up
		Minutes   int    // that the link works
	}
)

// rescuesPerUsername is how often an hour a username may be asked for (T-03).
const rescuesPerUsername = 3

func sendLinkByPassword(r *Run, f Form) error {
	v, ok := r.Slow.(verdict)
	if !ok {
		return errStale
	}
	found := v.found
	if !v.right || found.State != account.Half {
		found = nil
	}
	address := r.Store.Destination(account.FoldEmail(f["email"]))
	r.take(store.NewToken("rescue mails to an address", r.Store.Keys.Hash("rate", "rescue", string(address)), r.Settings.Limits.ResetMails, time.Hour))
	if err := r.rescue(found, byAddress); err != nil {
		return err
	}
	return r.tellAsked(found)
}

// tellAsked tells the address on file that a link was sent to another address, which its
// registration was begun with. The statements are as many for nobody at all.
func (r *Run) tellAsked(a *account.Account) error {
	m := delivery.Message{ID: secret.TimeID(r.Now), Kind: delivery.Notice, Class: delivery.SecurityNotice, Channel: "email", Lang: r.Client.Lang.Tag, Expires: r.Now.Add(24 * time.Hour)}
	if a != nil && a.FileEmail != a.Email {
		m.To, m.Subject = a.FileEmail, r.Client.Lang.Say("rescue.told.subject")
		m.Text = r.Client.Lang.Say("rescue.told.text", "Username", a.Username, "Email", account.MaskEmail(a.Email))
	}
	return r.Store.InsertMessageIf(r.Tx, m, m.To != "")
}

func sendLinkByUsername(forgot bool) func(r *Run, f Form) error {
	return func(r *Run, f Form) error { return r.sendLinkByUsername(f, forgot) }
}

func (r *Run) sendLinkByUsername(f Form, forgot bool) error {
	username := account.FoldUsername(f["username"])
	if username == "" {
		return reject("username", "error.username_missing")
	}
	found, err := r.Store.AccountByUsername(r.Tx, username)
	if err != nil {
		return err
	}
	hash := r.Store.Keys.Hash
	r.take(store.NewToken("rescues of a username", hash("rate", "rescue", "username", username), rescuesPerUsername, time.Hour),
		store.NewToken("sends of an address", hash("rate", "sends", r.Client.Network), r.networkLimits().UnfinishedSends, 5*time.Minute))
	if forgot {
		return r.rescue(found, byPortalUsername)
	}
	return r.rescue(found, byUsername)
}

// naming is how the person who asks for a link named the account.
type naming int

const (
	byAddress        naming = iota // by the address that it signs in with: the link goes there
	byUsername                     // the link goes to the address on file
	byPortalUsername               // … of somebody who forgot the old portal's password
)

// rescue mails what helps: a link to people who stopped half-way, or forgot the old
// portal's password; a word to everybody else. The link of a half-finished account goes to
// the address on file, or to the address that was proven, for people who know it and the
// password. The statements are as many for nobody at all.
func (r *Run) rescue(a *account.Account, by naming) error {
	r.Facts.Ask = AskFacts{At: r.Now, Reference: secret.ID()[:8]}
	token, m := secret.Token(), delivery.Message{ID: secret.TimeID(r.Now), Kind: delivery.Notice, Class: r.class(), Channel: "email", Lang: r.Client.Lang.Tag, Expires: r.Now.Add(24 * time.Hour)}
	detail := map[string]string{"journey": r.Journey.Name, "reference": r.Facts.Ask.Reference}
	word, id, state, epoch := "", "", account.State(""), int64(0)
	if a != nil {
		id, state, epoch = a.ID, a.State, a.Epoch
	}
	purpose := store.FinishLink
	switch life, link := r.Settings.Limits.LinkLife.D(), r.Settings.PublicURL+"/link/"+token; {
	case state == account.Imported && a.OldHash != "" && by == byPortalUsername:
		purpose = PortalPasswordLink
		m.To, m.Kind, m.Links, m.Expires = a.FileEmail, delivery.Link, []string{link}, r.Now.Add(life)
		m.Subject = r.Client.Lang.Say("rescue.portal_password.subject")
		m.Text = r.Client.Lang.Say("rescue.portal_password.text", "Username", a.Username, "Link", link, "N", int(life/time.Minute))
	case state == account.Imported && a.OldHash == "": // a new user, or one whose registration was undone
		purpose = store.NewUserLink
		m.To, m.Kind, m.Links, m.Expires = a.FileEmail, delivery.Link, []string{link}, r.Now.Add(life)
		m.Subject = r.Client.Lang.Say("newuser.mail.subject")
		m.Text = r.Client.Lang.Say("newuser.mail.text", "Username", a.Username, "Link", link, "N", int(life/time.Minute))
	case state == account.Half && by != byAddress && a.FileEmail != "":
		purpose = store.RestartLink
		m.To, m.Kind, m.Links, m.Expires = a.FileEmail, delivery.Link, []string{link}, r.Now.Add(life)
		m.Subject = r.Client.Lang.Say("rescue.restart.subject")
		m.Text = r.Client.Lang.Say("rescue.restart.text", "Username", a.Username, "Link", link, "N", int(life/time.Minute))
	case state == account.Half, state == account.Reset:
		m.To, m.Kind, m.Links, m.Expires = a.Email, delivery.Link, []string{link}, r.Now.Add(life)
		m.Subject = r.Client.Lang.Say("rescue.finish.subject")
		m.Text = r.Client.Lang.Say("rescue.finish.text", "Username", a.Username, "Link", link, "N", int(life/time.Minute))
	case state == account.Imported:
		m.To, word = a.FileEmail, "first"
	case state == account.Registered:
		m.To, word = a.Email, "registered"
	}
	if word != "" {
		m.Subject, m.Text = r.Client.Lang.Say("rescue."+word+".subject"), r.Client.Lang.Say("rescue."+word+".text", "Username", a.Username, "URL", r.Settings.PublicURL)
	}
	if err := r.Store.InsertLinkOf(r.Tx, token, m.Kind == delivery.Link, store.Link{Purpose: purpose, AccountID: id, Epoch: epoch, ExpiresAt: m.Expires}); err != nil {
		return err
	}
	if err := r.Store.InsertMessageIf(r.Tx, m, m.To != ""); err != nil {
		return err
	}
	r.queued = true
	return r.Store.Record(r.Tx, audit.Row{Type: audit.RescueAsked, AccountID: id, JourneyID: r.Row.ID, Address: r.Client.Address, Detail: detail})
}
