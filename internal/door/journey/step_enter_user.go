package journey

import (
	"strings"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// EnterUser is “Create a New Account - Enter User Information” (product.md 1.3,
// step 2). A taken username is said here, after NPI and code were accepted (T-06);
// a taken address is not: its owner gets a mail.
var EnterUser = Step{
	Name: "enter-user", Label: "step.user",
	Done:  func(f *Facts) bool { return !f.User.At.IsZero() },
	Clear: func(f *Facts) { f.User = UserFacts{} },
	View: func(r *Run) View {
		return EnterUserView{Organization: r.Facts.Organization.Name, NPI: r.Facts.Organization.NPI}
	},
	Actions: map[string]Action{"user": {Do: takeUser}},
}

// EnterUserView is the form.
type EnterUserView struct{ Organization, NPI string }

// MailSent says that the mail is under way. There is nothing to press.
var MailSent = Step{
	Name:  "mail-sent",
	Done:  func(f *Facts) bool { return false },
	Clear: func(f *Facts) {},
	View:  func(r *Run) View { return MailSentView{Minutes: int(r.Settings.Limits.LinkLife.D() / time.Minute)} },
}

// MailSentView is “Registration is complete. To complete the Multi-Factor
// Authentication registration, you must click the link in your email within 20 minutes.”
type MailSentView struct{ Minutes int }

func takeUser(r *Run, f Form) error {
	a, profile, err := r.readUser(f)
	if err != nil {
		return err
	}
	address := r.Store.Destination(a.FileEmail)
	if err := r.Store.Take(r.Tx, store.NewToken("registrations of an address", r.Store.Keys.Hash("rate", "rescue", string(address)), r.Settings.Limits.ResetMails, time.Hour)); err != nil {
		return err
	}
	named, err := r.Store.AccountByUsername(r.Tx, a.Username)
	if err != nil {
		return err
	}
	if named != nil {
		return reject("username", "error.username_taken")
	}
	used, err := r.Store.UseRegistrationCode(r.Tx, r.Facts.Organization.CodeID)
	if err != nil {
		return err
	}
	if !used { // somebody else had its last use, or it expired meanwhile
		return &abandoned{&Reject{Key: "error.organization"}}
	}
	r.Facts.User.At = r.Now
	owner, err := r.Store.AccountByEmail(r.Tx, a.FileEmail)
	if err != nil {
		return err
	}
	if owner != nil { // whoever asks does not learn that; the owner does
		if err := r.Store.PutNobody(r.Tx, a.ID); err != nil {
			return err
		}
		return r.rescue(owner, byAddress)
	}
	return r.addUser(a, profile)
}

// addUser adds the account, of which nothing opens yet, and sends the link.
func (r *Run) addUser(a account.Account, profile account.Profile) error {
	err := r.Store.InsertAccount(r.Tx, a)
	if sqldb.Duplicate(err) {
		return &abandoned{&Reject{Field: "username", Key: "error.username_taken"}}
	}
	if err != nil {
		return err
	}
	if err := r.Store.PutProfile(r.Tx, a.ID, profile); err != nil {
		return err
	}
	row := audit.Row{Type: audit.UserAdded, AccountID: a.ID, JourneyID: r.Row.ID, Address: r.Client.Address, Detail: map[string]string{"organization": a.OrganizationID, "code": r.Facts.Organization.CodeID}}
	if err := r.Store.Record(r.Tx, row); err != nil {
		return err
	}
	return r.sendNewUserLink(&a)
}

// sendNewUserLink sends the link that begins the multi-factor registration.
func (r *Run) sendNewUserLink(a *account.Account) error {
	token, life := secret.Token(), r.Settings.Limits.LinkLife.D()
	if err := r.Store.InsertLink(r.Tx, token, store.Link{Purpose: store.NewUserLink, AccountID: a.ID, Epoch: a.Epoch, ExpiresAt: r.Now.Add(life)}); err != nil {
		return err
	}
	link := r.Settings.PublicURL + "/link/" + token
	r.queued = true
	return r.Store.InsertMessage(r.Tx, delivery.Message{ID: secret.TimeID(r.Now), Kind: delivery.Link, Class: r.class(), Channel: "email", To: a.FileEmail, Lang: r.Client.Lang.Tag, Links: []string{link},
		Subject: r.Client.Lang.Say("newuser.mail.subject"), Text: r.Client.Lang.Say("newuser.mail.text", "Username", a.Username, "Link", link, "N", int(life/time.Minute)), Expires: r.Now.Add(life)})
}

// readUser checks every field, in the form's order, and says the first that is
// wrong.
func (r *Run) readUser(f Form) (a account.Account, p account.Profile, err error) {
	a = account.Account{ID: secret.ID(), OrganizationID: r.Facts.Organization.ID, Username: account.FoldUsername(f["username"]), FirstName: account.FoldName(f["first_name"]),
		LastName: account.FoldName(f["last_name"]), Role: account.User, State: account.Imported, Epoch: 1, Terms: account.NoTerms}
	p = account.Profile{Address1: account.FoldName(f["address1"]), Address2: account.FoldName(f["address2"]), City: account.FoldName(f["city"]), State: f["state"], ZIP: strings.TrimSpace(f["zip"])}
	email := account.FoldEmail(f["user_email"])
	a.Email, a.FileEmail = email, email
	switch {
	case a.Username == "":
		return a, p, reject("username", "error.username_missing")
	case !account.IsUsername(a.Username):
		return a, p, reject("username", "error.username")
	case a.FirstName == "":
		return a, p, reject("first_name", "error.first_name")
	case a.LastName == "":
		return a, p, reject("last_name", "error.last_name")
	case p.State != "" && !account.IsState(p.State):
		return a, p, reject("state", "error.state")
	case p.ZIP != "" && !account.IsZIP(p.ZIP, p.State):
		return a, p, reject("zip", "error.zip")
	case strings.TrimSpace(f["user_email"]) == "":
		return a, p, reject("user_email", "error.email_missing")
	case email == "":
		return a, p, reject("user_email", "error.email_malformed")
	case account.FoldEmail(f["confirm_email"]) != email:
		return a, p, reject("confirm_email", "error.emails_differ")
	}
	if a.Email, err = email, r.staffAddress(email, "user_email"); err != nil {
		return a, p, err
	}
	if strings.TrimSpace(f["user_phone"]) != "" {
		if p.Phone, err = r.readNumber(f["user_phone"], "user_phone"); err != nil {
			return a, p, err
		}
	}
	if strings.TrimSpace(f["fax"]) == "" {
		return a, p, reject("fax", "error.fax_missing")
	}
	p.Fax, err = r.readNumber(f["fax"], "fax")
	return a, p, err
}

func (r *Run) readNumber(typed, field string) (string, error) {
	number, fault := account.ParsePhone(r.Settings.Countries[0], typed, r.Settings.Countries)
	if fault != account.PhoneGood {
		return "", reject(field, "error.phone_"+string(fault))
	}
	return number, nil
}
