package web

import (
	"net/http"
	"slices"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// selectContract keeps which contract the person looks at: one of those whose cases they may
// list, or all of them.
func (s *Server) selectContract(w http.ResponseWriter, r *request) error {
	id := r.PostFormValue("contract")
	contracts, err := s.Store.ContractsIn(s.Store.Read(r.Context()), r.caseScope())
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(contracts, func(c portal.Contract) bool { return c.ID == id }) {
		id = "" // all; another organisation's is none (ASVS 8.2.2)
	}
	if err := s.Store.Write(r.Context(), func(tx *sqldb.Tx) error { return s.Store.SelectContract(tx, r.session, id) }); err != nil {
		return err
	}
	seeOther(w, s.ownPath(r.PostFormValue("back")))
	return nil
}
