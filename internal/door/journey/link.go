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

// linked are the journeys that a link's “Continue” begins, by its purpose.
var linked = map[string]*Journey{store.FinishLink: &FinishRegistration, store.NewUserLink: &CompleteNewProvider, PortalPasswordLink: &ResetPortalPassword}

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
	return err == nil && l != nil && linked[l.Purpose] != nil, err
}

// OpenLink spends a link and begins its journey in this browser, for the link's
// account alone. The same browser gets the same journey again: a double click or a
// lost response strands nobody. ErrGone where the link does not work any more, or its
// account has nothing to finish.
func (e *Engine) OpenLink(ctx context.Context, token string, c Client) (id string, err error) {
	err = e.Store.Write(ctx, func(tx *sqldb.Tx) error {
		l, err := e.Store.LinkByToken(tx, token)
		if err != nil || l == nil || linked[l.Purpose] == nil {
			return orGone(err)
		}
		spent, err := e.Store.SpendLink(tx, token, l.Purpose)
		if err != nil || spent == "" {
			return orGone(err)
		}
		a, err := e.Store.AccountByID(tx, spent)
		if err != nil || !a.MayFinish(l.Purpose != store.FinishLink) {
			return orGone(err)
		}
		id = e.linkedID(linked[l.Purpose], token, c)
		return e.beginLinked(tx, linked[l.Purpose], id, a, c)
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
	for _, j := range linked {
		id := e.linkedID(j, token, c)
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

func (e *Engine) beginLinked(tx *sqldb.Tx, j *Journey, id string, a *account.Account, c Client) error {
	facts, err := json.Marshal(Facts{Asked: Asked{Email: a.Email}, Link: LinkFacts{Account: a.ID, At: tx.Now}})
	if err != nil {
		return err
	}
	row := &store.Loaded{Journey: store.Journey{ID: id, Kind: j.Name, Browser: e.browser(c), Lang: c.Lang.Tag, Facts: facts, Version: 1,
		CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(e.Settings.Limits.JourneyLife.D())}}
	if added, err := e.Store.InsertJourney(tx, &row.Journey); err != nil || !added {
		return orGone(err)
	}
	if a.State == account.Imported { // no password follows: the journey is this account's from here on
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
