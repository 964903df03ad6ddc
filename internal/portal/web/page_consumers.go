package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
	"sallyport/internal/ui"
)

// ConsumersPage finds one consumer who is named in full, and lists nobody else. What was
// typed is in the body of the request alone: names and birth dates stand in no address.
type ConsumersPage struct {
	Frame
	Typed    ConsumerTyped
	Found    []portal.Consumer
	Sought   bool
	Creating bool              // for a new case
	Add      bool              // who was looked for by name is not there, and may be added
	Under    []portal.Contract // that the person's organization works under
	Problem  *ui.Problem
}

// ConsumerTyped is what was typed into the form, kept over mistakes.
type ConsumerTyped struct{ Number, First, Last, Birth, Contract string }

func (ConsumersPage) Template() string { return "page_consumers" }

// mostLookups in an hour by one person: more is no work at a desk (product.md 2, “no
// browsing of strangers”).
const mostLookups = 120

func (s *Server) consumersForm(w http.ResponseWriter, r *request) error {
	return s.consumersPage(w, r, http.StatusOK, ConsumersPage{})
}

// newCase is CREATE CASE: a request begins with whom it is for.
func (s *Server) newCase(w http.ResponseWriter, r *request) error {
	return s.consumersPage(w, r, http.StatusOK, ConsumersPage{Creating: true})
}

func (s *Server) consumersPage(w http.ResponseWriter, r *request, status int, page ConsumersPage) (err error) {
	title, path := "portal.consumers", ConsumersPath
	if page.Creating {
		title, path = "portal.create_case", CasesPath+"/new"
	}
	if page.Frame, err = s.frame(r, title, path); err != nil {
		return err
	}
	if page.Under, err = s.Store.ContractsIn(s.Store.Read(r.Context()), r.scope()); err != nil {
		return err
	}
	named := page.Sought && len(page.Found) == 0 && page.Typed.First != "" && strings.TrimSpace(page.Typed.Number) == ""
	page.Add = named && slices.ContainsFunc(page.Under, func(c portal.Contract) bool { return c.MayAdd })
	return s.UI.Page(w, status, r.Lang.Tag, page)
}

func (s *Server) findConsumers(w http.ResponseWriter, r *request) error {
	f := r.PostFormValue
	page := ConsumersPage{Typed: ConsumerTyped{Number: f("number"), First: f("first_name"), Last: f("last_name"), Birth: f("birth")}}
	search, err := s.searchFor(r, page.Typed)
	if err == nil {
		err = s.countLookup(r)
	}
	if err == nil {
		page.Found, err = search(s.Store.Read(r.Context()))
	}
	if problem, status := problemOf(r, err); problem != nil {
		page.Problem = problem
		return s.consumersPage(w, r, status, page)
	}
	if err != nil {
		return err
	}
	page.Sought = true
	var ids []string
	for _, c := range page.Found {
		ids = append(ids, c.ID)
	}
	detail := map[string]string{"found": fmt.Sprint(len(ids)), "how": map[bool]string{true: "number", false: "name"}[strings.TrimSpace(page.Typed.Number) != ""], "consumers": strings.Join(ids, " ")}
	if err := s.Audit.Record(r.Context(), r.actor(), portal.ConsumersSought, detail); err != nil {
		return err
	}
	return s.consumersPage(w, r, http.StatusOK, page)
}

// searchFor says how to look for what was typed: by the number alone, or by all of the
// name and the birth date.
func (s *Server) searchFor(r *request, t ConsumerTyped) (func(tx *sqldb.Tx) ([]portal.Consumer, error), error) {
	if strings.TrimSpace(t.Number) != "" {
		number := portal.FoldNumber(t.Number)
		if number == "" {
			return nil, &portal.Mistake{Field: "number", Key: "consumers.number_malformed"}
		}
		return func(tx *sqldb.Tx) ([]portal.Consumer, error) {
			return s.Store.ConsumersByNumber(tx, r.scope(), number)
		}, nil
	}
	if t.First == "" && t.Last == "" && t.Birth == "" {
		return nil, &portal.Mistake{Field: "number", Key: "consumers.nothing_typed"}
	}
	c, err := portal.ReadConsumer(t.First, t.Last, t.Birth, s.Store.DB.Now())
	return func(tx *sqldb.Tx) ([]portal.Consumer, error) {
		return s.Store.ConsumersByName(tx, r.scope(), c.FirstName, c.LastName, c.BirthDate)
	}, err
}

// countLookup counts it before it is made.
func (s *Server) countLookup(r *request) error {
	may := false
	err := s.Store.Write(r.Context(), func(tx *sqldb.Tx) (err error) {
		may, err = s.Store.CountLookup(tx, r.session.Person.Subject, mostLookups)
		return err
	})
	if err == nil && !may {
		err = &portal.Mistake{Key: "consumers.too_many"}
	}
	return err
}

// addConsumer adds one under a contract that allows it. Who is there already is shown
// instead: nobody is added twice by a second click, or by a colleague.
func (s *Server) addConsumer(w http.ResponseWriter, r *request) error {
	f := r.PostFormValue
	page := ConsumersPage{Sought: true, Typed: ConsumerTyped{First: f("first_name"), Last: f("last_name"), Birth: f("birth"), Contract: f("contract")}}
	c, err := portal.ReadConsumer(page.Typed.First, page.Typed.Last, page.Typed.Birth, s.Store.DB.Now())
	if err == nil {
		c.ContractID, err = s.addable(r, page.Typed.Contract)
	}
	if problem, status := problemOf(r, err); problem != nil {
		page.Problem = problem
		return s.consumersPage(w, r, status, page)
	}
	if err != nil {
		return missingOr(err)
	}
	err = s.Store.Write(r.Context(), func(tx *sqldb.Tx) error {
		in := r.scope()
		in.ContractID = c.ContractID
		there, err := s.Store.ConsumersByName(tx, in, c.FirstName, c.LastName, c.BirthDate)
		if err != nil {
			return err
		}
		if len(there) > 0 {
			c = there[0]
			return nil
		}
		c.ID, c.Number = "", ""
		added, err := s.Store.InsertConsumer(tx, &c, r.session.Person.Subject)
		if err == nil && !added {
			err = errors.New("consumer: number is taken")
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := s.Audit.Record(r.Context(), r.actor(), portal.ConsumerAdded, map[string]string{"consumers": c.ID, "contract": c.ContractID}); err != nil {
		return err
	}
	seeOther(w, ConsumersPath+"/"+c.ID)
	return nil
}

// addable is the contract that was chosen, where the person's organisation may add under
// it. Another organisation's is not there, and that it was tried is written down.
func (s *Server) addable(r *request, id string) (string, error) {
	contracts, err := s.Store.ContractsOf(s.Store.Read(r.Context()), r.session.Person.OrganizationID)
	if err != nil {
		return "", err
	}
	if id == "" {
		return "", &portal.Mistake{Field: "contract", Key: "consumers.contract_missing"}
	}
	for _, c := range contracts {
		if c.ID == id && c.MayAdd {
			return id, nil
		}
	}
	return "", s.refused(r, "add consumer", id)
}

// refused writes down that somebody tried what is not theirs (T-23), and says that it is
// not there.
func (s *Server) refused(r *request, act, target string) error {
	if err := s.Audit.Record(r.Context(), r.actor(), portal.ActRefused, map[string]string{"act": act, "target": target[:min(len(target), 60)]}); err != nil {
		return err
	}
	return ui.ErrMissing
}
