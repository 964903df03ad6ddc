package journey

import (
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/factor"
	"sallyport/internal/door/store"
)

// Facts are what a journey has proven so far, sealed in its row. Each step has
// its own sub-struct, zero while it is not done, and writes no other.
type Facts struct {
	Asked          Asked               `json:"asked"`
	OldLogin       OldLoginFacts       `json:"old_login,omitzero"`
	Password       PasswordFacts       `json:"password,omitzero"`
	Method         MethodFacts         `json:"method,omitzero"`
	Organization   OrganizationFacts   `json:"organization,omitzero"`
	User           UserFacts           `json:"user,omitzero"`
	Ask            AskFacts            `json:"ask,omitzero"`
	Link           LinkFacts           `json:"link,omitzero"`
	Mailbox        MailboxFacts        `json:"mailbox,omitzero"`
	PortalPassword PortalPasswordFacts `json:"portal_password,omitzero"`
	Reset          ResetFacts          `json:"reset,omitzero"`
	NewEmail       NewEmailFacts       `json:"new_email,omitzero"`
	NewPassword    NewPasswordFacts    `json:"new_password,omitzero"`
	Email          EmailFacts          `json:"email,omitzero"`
	Phone          PhoneFacts          `json:"phone,omitzero"`
	Terms          TermsFacts          `json:"terms,omitzero"`
	Register       RegisterFacts       `json:"register,omitzero"`
	SignIn         SignInFacts         `json:"sign_in,omitzero"`
	Codes          int                 `json:"codes,omitempty"` // sent in all, whatever was started over (TM-08)
	Taken          []store.Token       `json:"taken,omitempty"` // limits' tokens that a completed sign-in gives back
}

// Asked is what the journey was begun for.
type Asked struct {
	Remember bool   `json:"remember,omitempty"` // “Remember Me” was ticked
	Request  string `json:"request,omitempty"`  // sealed authorization request of the relying party that asked (door/op)
	Email    string `json:"email,omitempty"`    // address that the relying party expects (login_hint)
}

// OldLoginFacts: the right username and password of the old portal were given.
type OldLoginFacts struct {
	Account string    `json:"account"`
	At      time.Time `json:"at"`
}

// PasswordFacts: the right password of this account was given.
type PasswordFacts struct {
	Account    string    `json:"account"`
	At         time.Time `json:"at"`
	Unfinished bool      `json:"unfinished,omitempty"` // its registration stopped half-way: the missing steps come first
}

// MethodFacts: PHONE or EMAIL was chosen.
type MethodFacts struct {
	Choice account.Method `json:"choice"`
}

// OrganizationFacts: an NPI and a registration code that belong together were given.
type OrganizationFacts struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	NPI    string `json:"npi"`
	CodeID string `json:"code_id"`
}

// PortalPasswordFacts: the old portal's password was chosen anew.
type PortalPasswordFacts struct {
	At time.Time `json:"at"`
}

// UserFacts: the new user was entered, and the mail sent.
type UserFacts struct {
	At time.Time `json:"at"`
}

// AskFacts: a link was asked for.
type AskFacts struct {
	At        time.Time `json:"at"`
	Reference string    `json:"reference"`
}

// LinkFacts: an e-mailed link of this account was opened: its mailbox is at hand.
type LinkFacts struct {
	Account string    `json:"account"`
	At      time.Time `json:"at"`
}

// MailboxFacts: a code from the mailbox of who forgot the password was given.
type MailboxFacts struct {
	Address    string    `json:"address"`
	Sends      Sends     `json:"sends"`
	Account    string    `json:"account,omitempty"` // whose it is, once that is proven
	Unfinished bool      `json:"unfinished,omitempty"`
	ProvenAt   time.Time `json:"proven_at,omitzero"`
	Continued  bool      `json:"continued,omitempty"`
}

// ResetFacts: the account has the password that its owner chose instead.
type ResetFacts struct {
	At time.Time `json:"at"`
}

// NewEmailFacts: a code from the mailbox to enrol was given.
type NewEmailFacts struct {
	Address  string    `json:"address"`
	Sends    Sends     `json:"sends"`
	ProvenAt time.Time `json:"proven_at,omitzero"`
}

// NewPasswordFacts: the account has its new password.
type NewPasswordFacts struct {
	At time.Time `json:"at"`
}

// TermsFacts: the terms of use in force were agreed to.
type TermsFacts struct {
	At time.Time `json:"at"`
}

// RegisterFacts: the registration is complete.
type RegisterFacts struct {
	At time.Time `json:"at"`
}

// EmailFacts: a code from the mailbox on file was given.
type EmailFacts struct {
	Sends     Sends     `json:"sends"`
	MoreTime  bool      `json:"more_time,omitempty"` // “Give me more time” was chosen
	ProvenAt  time.Time `json:"proven_at,omitzero"`
	Continued bool      `json:"continued,omitempty"`
}

// PhoneFacts: the telephone on file was shown to be at hand.
type PhoneFacts struct {
	Number   string         `json:"number,omitempty"` // E.164, while it is being enrolled
	Sends    Sends          `json:"sends"`
	Calls    []store.Token  `json:"calls,omitempty"` // of the last call alone: one that was not answered stays counted
	Proven   factor.Channel `json:"proven,omitempty"`
	Spoken   bool           `json:"spoken,omitempty"` // by a code that a call read out
	ProvenAt time.Time      `json:"proven_at,omitzero"`
}

// SignInFacts: the session was made.
type SignInFacts struct {
	Method account.Method `json:"method"`
	At     time.Time      `json:"at"`
}

// Sends counts what one step has sent, for the cool-down (TM-09) and the limit
// per journey (TM-08).
type Sends struct {
	Count   int            `json:"count"`
	Streak  int            `json:"streak"` // in a row by the last channel
	Channel factor.Channel `json:"channel"`
	LastAt  time.Time      `json:"last_at"`
}

// Wait is how long the next send by this channel waits. Another channel than
// the last waits for nothing (product.md, rule 8).
func (s Sends) Wait(now time.Time, by factor.Channel, first time.Duration, grows bool) time.Duration {
	if s.Count == 0 || s.Channel != by {
		return 0
	}
	return max(0, s.LastAt.Add(factor.ResendWait(first, s.Streak, grows)).Sub(now))
}

// Add counts a send.
func (s Sends) Add(now time.Time, by factor.Channel) Sends {
	if s.Channel != by {
		s.Streak = 0
	}
	return Sends{Count: s.Count + 1, Streak: s.Streak + 1, Channel: by, LastAt: now}
}
