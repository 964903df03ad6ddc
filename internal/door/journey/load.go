package journey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// ErrGone means that this browser has no such journey, or has it no more: it
// expired, or its account changed underneath. The same start is offered again.
var ErrGone = errors.New("journey is gone")

// start is what a page carries, sealed, whose journey does not exist yet: links
// show a journey's first page without creating it, its first POST does.
type start struct {
	ID      string    `json:"id"`
	Browser []byte    `json:"browser"`
	Asked   Asked     `json:"asked"`
	At      time.Time `json:"at"`
}

// Begin shows the first page of a new journey of this name for this browser.
// Nothing is read or written.
func (e *Engine) Begin(name string, asked Asked, c Client) (*Page, error) {
	j := e.journeys[name]
	if j == nil {
		return nil, fmt.Errorf("no journey %q", name)
	}
	s := start{ID: j.Slug + "-" + secret.ID(), Browser: e.browser(c), Asked: asked, At: e.Store.DB.Now()}
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	sealed := e.Store.Keys.SealText("start:"+s.ID, text)
	r, err := e.check(e.fromStart(s.ID, sealed), e.Store.Read(context.Background()), c)
	if err != nil {
		return nil, err
	}
	r.unsaved = true
	return r.page(sealed), nil
}

// browser is the keyed hash by which rows know a browser.
func (e *Engine) browser(c Client) []byte { return e.Store.Keys.Hash("browser", c.Browser) }

// OfID returns the journey whose ids begin like this one, or nil.
func (e *Engine) OfID(id string) *Journey {
	slug, _, _ := strings.Cut(id, "-")
	return e.slugs[slug]
}

// load reads the journey for this browser, and holds its row where tx is a
// transaction. One that does not exist yet is made in memory from its start.
func (e *Engine) load(tx *sqldb.Tx, id, sealedStart string, c Client) (*Run, error) {
	row, err := e.Store.LoadJourney(tx, id, tx.Writing())
	if err != nil {
		return nil, err
	}
	unsaved := row == nil
	if unsaved {
		if row = e.fromStart(id, sealedStart); row == nil {
			return nil, ErrGone
		}
	}
	r, err := e.check(row, tx, c)
	if err == nil {
		r.unsaved = unsaved
	}
	return r, err
}

// check refuses a row that is not this browser's, or no longer.
func (e *Engine) check(row *store.Loaded, tx *sqldb.Tx, c Client) (*Run, error) {
	if !secret.Equal(row.Browser, e.browser(c)) || !tx.Now.Before(row.ExpiresAt) {
		return nil, ErrGone
	}
	if row.AccountID != "" && (!row.Account.Open() || row.Account.Epoch != row.Epoch) {
		return nil, ErrGone
	}
	if !row.FinishedAt.IsZero() && !tx.Now.Before(row.FinishedAt.Add(answersFor)) {
		return nil, ErrGone
	}
	r := &Run{Engine: e, Row: row, Client: c, Now: tx.Now, Tx: tx, Journey: e.journeys[row.Kind]}
	if r.Journey == nil {
		return nil, fmt.Errorf("journey of unknown kind %q", row.Kind)
	}
	if err := json.Unmarshal(row.Facts, &r.Facts); err != nil {
		return nil, fmt.Errorf("journey facts: %w", err)
	}
	return r, nil
}

func (e *Engine) fromStart(id, sealed string) *store.Loaded {
	j := e.OfID(id)
	if sealed == "" || j == nil {
		return nil
	}
	text, err := e.Store.Keys.OpenText("start:"+id, sealed)
	if err != nil {
		return nil
	}
	var s start
	if json.Unmarshal(text, &s) != nil {
		return nil
	}
	facts, err := json.Marshal(Facts{Asked: s.Asked})
	if err != nil {
		return nil
	}
	return &store.Loaded{Journey: store.Journey{ID: s.ID, Kind: j.Name, Browser: s.Browser, Lang: "en", Facts: facts, Version: 1,
		CreatedAt: s.At, ExpiresAt: s.At.Add(e.Settings.Limits.JourneyLife.D())}}
}

func (r *Run) finished() bool { return !r.Row.FinishedAt.IsZero() }
