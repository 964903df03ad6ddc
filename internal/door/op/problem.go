package op

import (
	"encoding/json"
	"net/http"
)

// problem is an error of the protocol: Code is one that the RFC names, Text is
// for the developer of the relying party and never holds anything of a person.
type problem struct {
	Code   string
	Text   string
	Status int // of the answer; 0: 400
}

func (p *problem) Error() string { return p.Code + ": " + p.Text }

func fault(code, text string) *problem { return &problem{Code: code, Text: text} }

// write answers with the error (RFC 6749 section 5.2).
func (p *problem) write(w http.ResponseWriter) error {
	status := p.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	return writeJSON(w, status, map[string]string{"error": p.Code, "error_description": p.Text})
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, err = w.Write(text)
	return err
}
