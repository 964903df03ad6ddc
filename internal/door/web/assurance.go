package web

import (
	"encoding/json"
	"net/http"

	"sallyport/internal/door/factor"
)

// Assurance is what sessions of this installation may claim, and what keeps them from
// claiming more (TM-R1): for relying parties and auditors, at /.well-known/assurance.
type Assurance struct {
	Profile    string                   `json:"profile"`
	Standard   string                   `json:"standard"`
	Ways       map[string]factor.Claims `json:"ways"`       // in, with the amr and acr of each
	Deviations []string                 `json:"deviations"` // from the standard, each beginning with its id
}

func (s *Server) assurance(w http.ResponseWriter, _ *request) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	return json.NewEncoder(w).Encode(s.Assurance)
}
