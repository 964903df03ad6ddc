package portal

import (
	"fmt"
	"regexp"
	"strings"
)

// CodeSystem is what a code is of.
type CodeSystem string

const (
	DiagnosisCodes CodeSystem = "diagnosis" // ICD-10-CM
	ServiceCodes   CodeSystem = "service"   // HCPCS level I (CPT) and II
)

// CodeSystems are all.
var CodeSystems = []CodeSystem{DiagnosisCodes, ServiceCodes}

// Code is one of an operator's list.
type Code struct {
	System      CodeSystem
	Code        string // as it is written: E11.9, G0151
	Description string
}

var (
	// icd10 is the shape of ICD-10-CM: a letter, a digit, a digit or letter, up to four more.
	icd10 = regexp.MustCompile(`^[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?$`)
	// service is the shape of HCPCS level I and II: five signs, of which the middle are digits.
	service = regexp.MustCompile(`^[0-9A-Z][0-9]{3}[0-9A-Z]$`)
)

// Fold brings a code into the form that it is written in; empty: it has not its system's
// shape. A diagnosis has a dot after its third sign, where it goes on.
func (s CodeSystem) Fold(text string) string {
	text = strings.ToUpper(strings.TrimSpace(text))
	if s == ServiceCodes {
		if !service.MatchString(text) {
			return ""
		}
		return text
	}
	if !icd10.MatchString(text) {
		return ""
	}
	return s.Dotted(strings.ReplaceAll(text, ".", ""))
}

// Dotted is how a code that is kept without its dot is written.
func (s CodeSystem) Dotted(bare string) string {
	if s == DiagnosisCodes && len(bare) > 3 {
		return bare[:3] + "." + bare[3:]
	}
	return bare
}

// Codes are the request's of a system, in the order of its fields.
func (r Request) Codes(s CodeSystem) (list []string) {
	if s == DiagnosisCodes {
		return r.Diagnoses
	}
	for _, line := range r.Services {
		list = append(list, line.Code)
	}
	return list
}

// NotListed says that a code, by its place in Codes, is not in the operator's list.
func NotListed(s CodeSystem, at int) *Mistake {
	field := map[CodeSystem]string{DiagnosisCodes: "diagnosis", ServiceCodes: "code"}[s]
	return &Mistake{Field: fmt.Sprintf("%s_%d", field, at+1), Key: "case.code_unlisted"}
}
