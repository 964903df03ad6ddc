package journey

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// A linkedJourney is what a link's “Continue” begins.
type linkedJourney struct {
	journey *Journey
	opens   func(*account.Account) bool // whether the account still has something to do there
	proves  bool                        // the link says whose journey it is; otherwise a password follows
	mailbox bool                        // and it proves the mailbox of the address on file
}

// linked are the journeys of links by their purpose.
var linked = map[string]linkedJourney{
	store.FinishLink:   {journey: &FinishRegistration, opens: (*account.Account).Unfinished},
	store.RestartLink:  {journey: &RestartRegistration, opens: (*account.Account).StoppedHalfWay, proves: true, mailbox: true},
	store.NewUserLink:  {journey: &CompleteNewProvider, opens: (*account.Account).NotBegun, proves: true},
	PortalPasswordLink: {journey: &ResetPortalPassword, opens: (*account.Account).NotBegun, proves: true},
}

// OpenedLink was done by “Continue” on the link's page: that spent the link and
// began the journey.
var OpenedLink = Step{
	Name:   "opened-link",
	Done:   func(f *Facts) bool { return f.Link.Account != "" },
	Clear:  func(f *Facts) { f.Link = LinkFacts{} },
	Effect: func(*Run) error { return ErrGone },
}

// LinkWorks tells whether a link would begin a journey. It spends nothing: mail
// scanners open links (T-14).
func (e *Engine) LinkWorks(ctx context.Context, token string) (bool, error) {
	l, err := e.Store.LinkByToken(e.Store.Read(ctx), token)
	return err == nil && l != nil && linked[l.Purpose].journey != nil, err
}

// OpenLink spends a link and begins its journey in this browser, for the link's
// account alone. The same browser gets the same journey again: a double click or a
// lost response strands nobody. ErrGone where the link does not work any more, or its
// account has nothing to finish.
func (e *Engine) OpenLink(ctx context.Context, token string, c Client) (id string, err error) {
	err = e.Store.Write(ctx, func(tx *sqldb.Tx) error {
		l, err := e.Store.LinkByToken(tx, token)
		if err != nil || l == nil || linked[l.Purpose].journey == nil {
			return orGone(err)
		}
		to := linked[l.Purpose]
		spent, err := e.Store.SpendLink(tx, token, l.Purpose)
		if err != nil || spent == "" {
			return orGone(err)
		}
		a, err := e.Store.AccountByID(tx, spent)
		if err != nil || !to.opens(a) {
			return orGone(err)
		}
		id = e.linkedID(to.journey, token, c)
		return e.beginLinked(tx, to, id, a, c)
	})
	if errors.Is(err, ErrGone) {
		return e.Reopened(ctx, token, c)
	}
	return id, err
}

// Reopened returns the journey that this link began in this browser. ErrGone where
// there is none.
func (e *Engine) Reopened(ctx context.Context, token string, c Client) (id string, err error) {
	if c.Browser == "" {
		return "", ErrGone
	}
	for _, to := range linked {
		id := e.linkedID(to.journey, token, c)
		_, err := e.Show(ctx, id, "", c)
		if !errors.Is(err, ErrGone) {
			return id, err
		}
	}
	return "", ErrGone
}

// linkedID is the id of the journey that a link begins in a browser. Who has the id
// has nothing without the browser's cookie.
func (e *Engine) linkedID(j *Journey, token string, c Client) string {
	return j.Slug + "-" + hex.EncodeToString(e.Store.Keys.Hash("linked journey", token, c.Browser))[:32]
}

func (e *Engine) beginLinked(tx *sqldb.Tx, to linkedJourney, id string, a *account.Account, c Client) error {
	begun, j := Facts{Asked: Asked{Email: a.Email}, Link: LinkFacts{Account: a.ID, At: tx.Now}}, to.journey
	if to.mailbox {
		begun.NewEmail = NewEmailFacts{Address: a.FileEmail, ProvenAt: tx.Now}
		if a.Method != account.PhoneMethod || e.Settings.Text || e.Settings.Voice { // preselected
			begun.Method.Choice = a.Method
		}
	}
	facts, err := json.Marshal(begun)
	if err != nil {
		return err
	}
	row := &store.Loaded{Journey: store.Journey{ID: id, Kind: j.Name, Browser: e.browser(c), Lang: c.Lang.Tag, Facts: facts, Version: 1,
		CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(e.Settings.Limits.JourneyLife.D())}}
	if added, err := e.Store.InsertJourney(tx, &row.Journey); err != nil || !added {
		return orGone(err)
	}
	if to.proves { // the journey is this account's from here on
		row.AccountID, row.Epoch = a.ID, a.Epoch
		if err := e.Store.UpdateJourney(tx, &row.Journey, row.Version); err != nil {
			return err
		}
	}
	return e.Store.Record(tx, audit.Row{Type: audit.LinkOpened, AccountID: a.ID, JourneyID: row.ID, Address: c.Address, Detail: map[string]string{"journey": j.Name}})
}

// HelpReference records that somebody could not be helped by a page, and returns
// the number under which support finds that.
func (e *Engine) HelpReference(ctx context.Context, topic string, accountID string, c Client) (reference string, err error) {
	r := &Run{Engine: e, Client: c}
	err = e.Store.Write(ctx, func(tx *sqldb.Tx) error {
		reference = secret.ID()[:8]
		row := audit.Row{Type: audit.HelpAsked, AccountID: accountID, Address: c.Address, Detail: map[string]string{"topic": topic, "reference": reference}}
		if err := e.Store.Record(tx, row); err != nil {
			return err
		}
		return e.Store.Take(tx, r.failureToken())
	})
	return reference, err
}
