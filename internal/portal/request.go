package portal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sallyport/internal/npi"
)

// Request is what a case asks for, as it was typed: a draft may hold anything, and is
// judged when it is submitted.
type Request struct {
	Type       string    `json:"type,omitempty"`    // one of CaseTypes
	Program    string    `json:"program,omitempty"` // id
	Kind       string    `json:"kind,omitempty"`    // one of RequestKinds
	Urgency    string    `json:"urgency,omitempty"` // one of Urgencies
	Requesting string    `json:"requesting,omitempty"`
	Servicing  string    `json:"servicing,omitempty"` // both NPI
	Diagnoses  []string  `json:"diagnoses,omitempty"`
	Services   []Service `json:"services,omitempty"`
	Notes      string    `json:"notes,omitempty"`
}

// Service is one line of what is asked for.
type Service struct {
	Code  string `json:"code,omitempty"`
	Units string `json:"units,omitempty"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

// What can be chosen. Their words are case.type.NAME and so on.
var (
	CaseTypes    = []string{"home_health", "therapy", "equipment", "inpatient", "behavioral"}
	RequestKinds = []string{"prior", "concurrent", "retrospective"}
	Urgencies    = []string{"standard", "urgent"}
)

const (
	mostDiagnoses = 12
	mostServices  = 20
	mostNotes     = 20_000 // characters
	mostField     = 100
)

// ReadRequest takes a form: nothing is judged, and nothing typed is dropped but what is
// longer than any form of ours sends. The error is *Mistake.
func ReadRequest(f func(name string) string) (r Request, err error) {
	r = Request{Type: f("type"), Program: f("program"), Kind: f("kind"), Urgency: f("urgency"), Requesting: f("requesting"), Servicing: f("servicing"), Notes: strings.ReplaceAll(f("notes"), "\r\n", "\n")}
	for i := range mostDiagnoses {
		if d := strings.TrimSpace(f(fmt.Sprintf("diagnosis_%d", i+1))); d != "" {
			r.Diagnoses = append(r.Diagnoses, d)
		}
	}
	for i := range mostServices {
		at := func(name string) string { return strings.TrimSpace(f(fmt.Sprintf("%s_%d", name, i+1))) }
		if s := (Service{at("code"), at("units"), at("from"), at("to")}); s != (Service{}) {
			r.Services = append(r.Services, s)
		}
	}
	for _, text := range r.short() {
		if len([]rune(text)) > mostField {
			return r, &Mistake{Field: "problem", Key: "case.too_long", Args: []any{"N", mostField}}
		}
	}
	if len([]rune(r.Notes)) > mostNotes {
		return r, &Mistake{Field: "notes", Key: "case.notes_long", Args: []any{"N", mostNotes}}
	}
	return r, nil
}

func (r Request) short() []string {
	list := append([]string{r.Type, r.Program, r.Kind, r.Urgency, r.Requesting, r.Servicing}, r.Diagnoses...)
	for _, s := range r.Services {
		list = append(list, s.Code, s.Units, s.From, s.To)
	}
	return list
}

// Complete says what is missing or wrong before a request can be submitted, the first
// thing first, and returns it in the form that it is kept in. Programs are the contract's.
// Lists of codes, which carry licences, are the operator's: without them the shape is
// judged alone (H-9).
func (r Request) Complete(programs []Program) (Request, error) {
	missing := func(field, key string, args ...any) (Request, error) {
		return r, &Mistake{Field: field, Key: key, Args: args}
	}
	switch {
	case !slices.Contains(CaseTypes, r.Type):
		return missing("type", "case.type_missing")
	case !slices.ContainsFunc(programs, func(p Program) bool { return p.ID == r.Program }):
		return missing("program", "case.program_missing")
	case !slices.Contains(RequestKinds, r.Kind):
		return missing("kind", "case.kind_missing")
	case !slices.Contains(Urgencies, r.Urgency):
		return missing("urgency", "case.urgency_missing")
	}
	if r.Requesting = npi.Fold(r.Requesting); r.Requesting == "" {
		return missing("requesting", "case.npi_malformed")
	}
	if r.Servicing = npi.Fold(r.Servicing); r.Servicing == "" {
		return missing("servicing", "case.npi_malformed")
	}
	if len(r.Diagnoses) == 0 {
		return missing("diagnosis_1", "case.diagnosis_missing")
	}
	r.Diagnoses = slices.Clone(r.Diagnoses)
	for i, d := range r.Diagnoses {
		if r.Diagnoses[i] = DiagnosisCodes.Fold(d); r.Diagnoses[i] == "" {
			return missing(fmt.Sprintf("diagnosis_%d", i+1), "case.diagnosis_malformed")
		}
	}
	if len(r.Services) == 0 {
		return missing("code_1", "case.service_missing")
	}
	r.Services = slices.Clone(r.Services)
	for i := range r.Services {
		if field, key := r.Services[i].complete(); key != "" {
			return missing(fmt.Sprintf("%s_%d", field, i+1), key)
		}
	}
	return r, nil
}

// complete judges one line: the field that is wrong, and the words for it.
func (s *Service) complete() (field, key string) {
	if s.Code = ServiceCodes.Fold(s.Code); s.Code == "" {
		return "code", "case.code_malformed"
	}
	if n, err := strconv.Atoi(s.Units); err != nil || n < 1 || n > 9999 {
		return "units", "case.units_malformed"
	}
	const far = 100 * 365 * 24 * time.Hour
	limit := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(far)
	from, ok := ReadDate(s.From, limit)
	if !ok {
		return "from", "case.date_malformed"
	}
	to, ok := ReadDate(s.To, limit)
	if !ok {
		return "to", "case.date_malformed"
	}
	if to < from {
		return "to", "case.dates_reversed"
	}
	s.From, s.To = string(from), string(to)
	return "", ""
}
