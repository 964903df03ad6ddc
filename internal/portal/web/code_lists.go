package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"sallyport/internal/portal"
	"sallyport/internal/ui"
)

// listed judges a request's codes by the operator's lists, where there are some; what is
// not there is a mistake.
func (s *Server) listed(r *request, asked portal.Request) error {
	tx := s.Store.Read(r.Context())
	for _, system := range portal.CodeSystems {
		has, err := s.Store.HasCodes(tx, system)
		if err != nil {
			return err
		}
		if !has {
			continue
		}
		codes := asked.Codes(system)
		found, err := s.Store.Descriptions(tx, system, codes)
		if err != nil {
			return err
		}
		for i, code := range codes {
			if _, there := found[code]; !there {
				return portal.NotListed(system, i)
			}
		}
	}
	return nil
}

// describe puts what the operator's lists say of codes beside their fields, and lets the
// page's script look codes up.
func (s *Server) describe(r *request, page *CasePage) error {
	tx := s.Store.Read(r.Context())
	for _, system := range portal.CodeSystems {
		has, err := s.Store.HasCodes(tx, system)
		if err != nil {
			return err
		}
		if !has {
			continue
		}
		var folded []string
		for _, code := range page.Typed.Codes(system) {
			folded = append(folded, system.Fold(code))
		}
		found, err := s.Store.Descriptions(tx, system, folded)
		if err != nil {
			return err
		}
		for _, f := range page.codeFields(system) {
			f.Note, f.Look = found[system.Fold(f.Value)], string(system)
		}
		for i, shown := range page.Record {
			if note := found[system.Fold(shown.Code)]; note != "" {
				page.Record[i].Note = note
			}
		}
	}
	return nil
}

// codeFields are the fields of the form that take codes of a system.
func (p *CasePage) codeFields(system portal.CodeSystem) (fields []*Field) {
	if system == portal.DiagnosisCodes {
		for i := range p.Codes {
			fields = append(fields, &p.Codes[i])
		}
		return fields
	}
	for i := range p.Lines {
		fields = append(fields, &p.Lines[i].Fields[0])
	}
	return fields
}

// findCodes looks codes up for the page's script: by how they begin, or by a word of their
// description. What was typed is in the body: it stands in no address.
func (s *Server) findCodes(w http.ResponseWriter, r *request) error {
	system := portal.CodeSystem(r.PathValue("system"))
	if !slices.Contains(portal.CodeSystems, system) {
		return ui.ErrMissing
	}
	type offer struct {
		Code string `json:"code"`
		Text string `json:"text"`
	}
	offers := []offer{}
	if typed := strings.TrimSpace(r.PostFormValue("q")); len(typed) >= 2 && len(typed) <= mostSearch {
		found, err := s.Store.FindCodes(s.Store.Read(r.Context()), system, typed)
		if err != nil {
			return err
		}
		for _, c := range found {
			offers = append(offers, offer{c.Code, c.Description})
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	return json.NewEncoder(w).Encode(offers)
}
