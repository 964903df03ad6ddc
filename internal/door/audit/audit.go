// Package audit has the types of what we record about who did what: the events,
// and a row's keyed hash, by which a changed row is recognised. A row is written
// in the transaction of the change it tells of: no row, no change.
//
// It may not hold a password, a code, a token, or a phone number in full.
package audit

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"sallyport/internal/secret"
)

// Type names what happened. They are kept for years: add, never rename.
type Type string

const (
	PasswordAccepted  Type = "password.accepted"
	PasswordRefused   Type = "password.refused"
	CodeRequested     Type = "code.requested"
	CodeAccepted      Type = "code.accepted"
	CodeRefused       Type = "code.refused"
	CallRequested     Type = "call.requested"
	CallConfirmed     Type = "call.confirmed"
	CallDenied        Type = "call.denied" // * pressed: somebody else has the password
	FactorOff         Type = "factor.off"  // too many consecutive wrong codes (NIST-THR-1)
	SignedIn          Type = "signed_in"
	SignedOut         Type = "signed_out"
	PasswordCreated   Type = "password.created"
	UserAdded         Type = "user.added"   // by a new provider's registration
	RescueAsked       Type = "rescue.asked" // a link to finish a registration
	LinkOpened        Type = "link.opened"
	HelpAsked         Type = "help.asked" // a page could not help; detail has the number
	TermsAccepted     Type = "terms.accepted"
	PasswordReset     Type = "password.reset" // forgotten, and chosen anew
	ResetUndone       Type = "reset.undone"   // by an address on file: “this wasn't me”
	Registered        Type = "registered"
	Undone            Type = "registration.undone" // by the address on file: “this wasn't me”
	SessionReplayed   Type = "session.replayed"    // an old secret came back (T-24)
	MoreTime          Type = "code.more_time"
	ClientEntered     Type = "client.entered" // a relying party took the person in
	ClientAdded       Type = "client.added"
	ClientRotated     Type = "client.rotated" // has a new secret
	ClientRemoved     Type = "client.removed"
	KeysRotated       Type = "keys.rotated"
	LimitReached      Type = "limit.reached" // detail says which, and how long to wait
	AlarmRaised       Type = "alarm.raised"  // stolen passwords are being tried (T-07)
	AlarmEnded        Type = "alarm.ended"
	DeliveryTrouble   Type = "delivery.trouble"   // a carrier, a budget, or codes that nobody uses; detail says which
	RegistrationReset Type = "registration.reset" // by an administrator; detail says why, and how the person was verified
	UserInvited       Type = "user.invited"
	UserDisabled      Type = "user.disabled"
	UserEnabled       Type = "user.enabled"
	UserUnlocked      Type = "user.unlocked"
	RoleChanged       Type = "role.changed"
	LinkSent          Type = "link.sent" // by an administrator or staff
	CodeIssued        Type = "registration_code.issued"
	CodeExpired       Type = "registration_code.expired"
	Refused           Type = "act.refused"    // somebody tried what is not theirs to do (T-23)
	Looked            Type = "user.looked_at" // by staff
	StaffSignedIn     Type = "staff.signed_in"
	StaffRefused      Type = "staff.refused"
	GlassBroken       Type = "glass.broken" // somebody of staff acts as an organisation's administrator may
	AuditRead         Type = "audit.read"
	Imported          Type = "imported"        // a batch of a file
	AuditPruned       Type = "audit.pruned"    // text beyond its retention; the leaves stay
	ConsumersSought   Type = "consumer.sought" // in the portal; detail says how many were found, and which
	ConsumerSeen      Type = "consumer.seen"
	ConsumerAdded     Type = "consumer.added"
	AttachmentAdded   Type = "attachment.added" // in the portal, as the next five
	AttachmentRemoved Type = "attachment.removed"
	AttachmentOpened  Type = "attachment.opened"
	CaseClaimed       Type = "case.claimed" // by a reviewer, or given back
	CaseDecided       Type = "case.decided"
	ReportRead        Type = "report.read"
	TokenReplayed     Type = "token.replayed" // a code or refresh token came twice; its family ended
)

// Row is one event. ID is time-ordered. Detail holds short facts by name.
type Row struct {
	ID        string
	At        time.Time
	Type      Type
	AccountID string
	JourneyID string
	Address   string // of the client
	Detail    map[string]string
	MAC       []byte
}

// DetailText is the stored form of Detail: JSON with sorted keys.
func (r *Row) DetailText() string {
	if len(r.Detail) == 0 {
		return "{}"
	}
	text, err := json.Marshal(r.Detail)
	if err != nil {
		panic(fmt.Sprintf("audit: a map of strings does not marshal: %v", err))
	}
	return string(text)
}

// Sign sets the row's MAC over everything else in it (ASVS 16.4.2).
func (r *Row) Sign(keys *secret.Keys) { r.MAC = r.mac(keys, r.DetailText()) }

// Genuine reports whether the row is as it was written; detail is the stored text. The
// time must be the one in the ID: both are written together, and both are in the MAC.
func (r *Row) Genuine(keys *secret.Keys, detail string) bool {
	return r.timeIsOfID() && secret.Equal(r.MAC, r.mac(keys, detail))
}

func (r *Row) timeIsOfID() bool {
	at, ok := secret.TimeOfID(r.ID)
	return ok && at.UnixMilli() == r.At.UnixMilli()
}

func (r *Row) mac(keys *secret.Keys, detail string) []byte {
	return keys.Hash("audit", r.ID, strconv.FormatInt(r.At.UnixMicro(), 10), string(r.Type), r.AccountID, r.JourneyID, r.Address, detail)
}
