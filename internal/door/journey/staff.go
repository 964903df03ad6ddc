package journey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/factor"
	"sallyport/internal/door/session"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// StaffRules say who of the organisation's identity provider's people comes in, and as
// what (product.md 1.9).
type StaffRules struct {
	Issuer       string
	Domains      []string          // of their addresses
	Require      map[string]string // claims that must have these values
	GroupsClaim  string
	Groups       map[string][]string // group to roles
	ACR          map[string]string   // their acr to ours
	Organization string              // name of the operating organisation
}

// operating is the id of the operating organisation, which has no NPI.
const operating = "operator"

// StaffMethod labels sessions of staff; no button passes by one.
const StaffMethod account.Method = "staff"

// StaffRefused is a no that the person is told, with what support can look up.
type StaffRefused struct {
	Reason    string // address, domain, tenant, groups, taken, disabled, old
	Reference string
}

func (r *StaffRefused) Error() string { return "staff refused: " + r.Reason }

// staffClaims are what the identity provider asserts.
type staffClaims struct {
	Subject       string   `json:"sub"`
	Email         string   `json:"email"`
	EmailVerified *bool    `json:"email_verified"`
	Name          string   `json:"name"`
	GivenName     string   `json:"given_name"`
	FamilyName    string   `json:"family_name"`
	ACR           string   `json:"acr"`
	AMR           []string `json:"amr"`
	all           map[string]any
}

// StaffSaid is what the identity provider says of a person who signed in there.
type StaffSaid struct {
	IDToken  json.RawMessage // its claims
	UserInfo json.RawMessage // of the userinfo endpoint, for what the ID token does not say
	At       time.Time       // its auth_time; zero where it does not say
}

// StaffSignedIn is the session of a member of staff.
type StaffSignedIn struct {
	SessionToken string // the session cookie
	AccountID    string
	AuthTime     time.Time
}

// StaffSignIn makes the session of somebody whom the identity provider vouched for. The
// session's auth_time is the provider's. A provider that was asked for no fresh sign-in can
// leave auth_time out: then the time is now, which can be later than the person's sign-in
// there. The error is *StaffRefused, or our own trouble.
func (e *Engine) StaffSignIn(ctx context.Context, rules StaffRules, from StaffSaid, c Client) (*StaffSignedIn, error) {
	said, err := readStaffClaims(from)
	if err != nil {
		return nil, err
	}
	person, reason := rules.admit(said)
	in := &StaffSignedIn{SessionToken: secret.Token(), AuthTime: from.At}
	if reason == "" {
		reason, err = e.letStaffIn(ctx, rules, person, said, in, c)
		if err != nil {
			return nil, err
		}
	}
	if reason != "" {
		return nil, e.refuseStaff(ctx, rules, said, reason, c)
	}
	e.Wake()
	return in, nil
}

// RefuseOldStaff records that a person was turned away because their sign-in at the
// identity provider is not as recent as was asked for. What they have elsewhere goes on. The
// error is *StaffRefused, or our own trouble.
func (e *Engine) RefuseOldStaff(ctx context.Context, rules StaffRules, from StaffSaid, c Client) error {
	said, err := readStaffClaims(from)
	if err != nil {
		return err
	}
	return e.refuseStaff(ctx, rules, said, staffOld, c)
}

// staffOld is the reason for which nothing ends: only this sign-in was not good enough.
const staffOld = "old"

// StaffSessionOver tells whether a session by a sign-in at the identity provider would have
// ended by now: a session lives from the sign-in (TM-18).
func (e *Engine) StaffSessionOver(at time.Time) bool {
	return !at.IsZero() && !e.Store.DB.Now().Before(e.lives().Ends(at, false))
}

func readStaffClaims(from StaffSaid) (*staffClaims, error) {
	said := &staffClaims{all: map[string]any{}}
	for _, text := range []json.RawMessage{from.UserInfo, from.IDToken} { // what the ID token says wins
		if len(text) == 0 {
			continue
		}
		if err := errors.Join(json.Unmarshal(text, &said.all), json.Unmarshal(text, said)); err != nil {
			return nil, fmt.Errorf("staff claims: %w", err)
		}
	}
	return said, nil
}

// admit applies the rules; reason says which of them refuses.
func (rules *StaffRules) admit(said *staffClaims) (a *account.Account, reason string) {
	email := account.FoldEmail(said.Email)
	if email == "" || said.EmailVerified != nil && !*said.EmailVerified {
		return nil, "address"
	}
	if !slices.Contains(rules.Domains, email[strings.LastIndex(email, "@")+1:]) {
		return nil, "domain"
	}
	for name, want := range rules.Require {
		if got, _ := said.all[name].(string); got != want {
			return nil, "tenant"
		}
	}
	roles := rules.roles(said)
	if len(roles) == 0 {
		return nil, "groups"
	}
	first, last := account.FoldName(said.GivenName), account.FoldName(said.FamilyName)
	if first == "" && last == "" {
		if first, last, _ = strings.Cut(account.FoldName(said.Name), " "); first == "" {
			first = email
		}
	}
	return &account.Account{ID: secret.ID(), OrganizationID: operating, Username: email, Email: email, FirstName: first, LastName: last, Role: account.User,
		State: account.Registered, Epoch: 1, StaffRoles: roles}, ""
}

// roles are those of the groups that the person is in, sorted.
func (rules *StaffRules) roles(said *staffClaims) []string {
	var groups []string
	switch list := said.all[rules.GroupsClaim].(type) {
	case string:
		groups = strings.Fields(list)
	case []any:
		for _, g := range list {
			if name, ok := g.(string); ok {
				groups = append(groups, name)
			}
		}
	}
	roles := map[string]bool{}
	for _, g := range groups {
		for _, role := range rules.Groups[g] {
			roles[role] = true
		}
	}
	return slices.Sorted(maps.Keys(roles))
}

// letStaffIn adds or updates the account and makes the session.
func (e *Engine) letStaffIn(ctx context.Context, rules StaffRules, person *account.Account, said *staffClaims, in *StaffSignedIn, c Client) (reason string, err error) {
	at := in.AuthTime
	err = e.Store.Write(ctx, func(tx *sqldb.Tx) error {
		reason = ""
		if in.AuthTime = at; at.IsZero() || at.After(tx.Now) { // not told, or by a clock ahead of ours
			in.AuthTime = tx.Now
		}
		a, why, err := e.staffAccount(tx, rules, *person, said.Subject)
		if err != nil || why != "" {
			reason = why
			return err
		}
		in.AccountID = a.ID
		acr, amr := rules.ACR[said.ACR], said.AMR
		if said.ACR == "" || acr == "" {
			acr = factor.Upstream
		}
		if err := e.Store.DeleteSessionOfAnother(tx, e.browser(c), a.ID); err != nil {
			return err
		}
		err = e.Store.PutSession(tx, &session.Session{ID: secret.ID(), Browser: e.browser(c), Token: e.tokenHash(in.SessionToken), AccountID: a.ID, Epoch: a.Epoch, Method: StaffMethod,
			AMR: amr, ACR: acr, AuthTime: in.AuthTime, Agent: c.Agent, LastSeenAt: tx.Now, ExpiresAt: e.lives().Ends(in.AuthTime, false)})
		if err != nil {
			return err
		}
		return e.Store.Record(tx, audit.Row{Type: audit.StaffSignedIn, AccountID: a.ID, Address: c.Address,
			Detail: map[string]string{"roles": strings.Join(a.StaffRoles, " "), "amr": strings.Join(amr, " "), "acr": acr}})
	})
	if sqldb.Duplicate(err) { // somebody else has the address; nothing of it stands
		return "taken", nil
	}
	return reason, err
}

// staffAccount is the account of who came, as the provider describes them now.
func (e *Engine) staffAccount(tx *sqldb.Tx, rules StaffRules, person account.Account, subject string) (a *account.Account, reason string, err error) {
	if a, err = e.Store.StaffByIdentity(tx, rules.Issuer, subject); err != nil {
		return nil, "", err
	}
	if a == nil {
		if err := e.operatingOrganization(tx, rules.Organization); err != nil {
			return nil, "", err
		}
		return &person, "", e.Store.InsertStaff(tx, person, rules.Issuer, subject)
	}
	if !a.Open() {
		return nil, "disabled", nil
	}
	if slices.Equal(a.StaffRoles, person.StaffRoles) && a.Email == person.Email && a.Name() == person.Name() {
		return a, "", nil
	}
	person.ID, person.Epoch = a.ID, a.Epoch+1
	return &person, "", e.Store.SetStaff(tx, &person)
}

func (e *Engine) operatingOrganization(tx *sqldb.Tx, name string) error {
	found, err := e.Store.OrganizationByID(tx, operating)
	if err != nil || found != nil {
		return err
	}
	return e.Store.InsertOrganization(tx, account.Organization{ID: operating, Name: name, Active: true})
}

// refuseStaff writes down that somebody was turned away, and ends what they had unless the
// sign-in was only too old.
func (e *Engine) refuseStaff(ctx context.Context, rules StaffRules, said *staffClaims, reason string, c Client) error {
	refused := &StaffRefused{Reason: reason, Reference: secret.ID()[:8]}
	err := e.Store.Write(ctx, func(tx *sqldb.Tx) error {
		a, err := e.Store.StaffByIdentity(tx, rules.Issuer, said.Subject)
		if err != nil {
			return err
		}
		row := audit.Row{Type: audit.StaffRefused, Address: c.Address, Detail: map[string]string{"reason": reason, "reference": refused.Reference}}
		if a != nil {
			row.AccountID = a.ID
		}
		if a != nil && reason != staffOld {
			if err := e.Store.EndEverything(tx, a.ID); err != nil {
				return err
			}
		}
		return e.Store.Record(tx, row)
	})
	if err != nil {
		return err
	}
	e.Wake()
	return refused
}
