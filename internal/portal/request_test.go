package portal

import (
	"errors"
	"strings"
	"testing"
)

func whole() Request {
	return Request{Type: "home_health", Program: "P", Kind: "prior", Urgency: "urgent", Requesting: "1234567893", Servicing: "12453-19599", Diagnoses: []string{"i69.351", "E119"},
		Services: []Service{{"g0151", "12", "12/1/2026", "2027-01-31"}}}
}

var offered = []Program{{ID: "P", ContractID: "a", Name: "Home"}}

// A request is complete, or the first thing that is not is named; what is kept is in one form.
func TestComplete(t *testing.T) {
	r, err := whole().Complete(offered)
	if err != nil || r.Servicing != "1245319599" || r.Diagnoses[0] != "I69.351" || r.Services[0] != (Service{"G0151", "12", "2026-12-01", "2027-01-31"}) {
		t.Errorf("%+v, %v", r, err)
	}
	for field, spoil := range map[string]func(r *Request){
		"type": func(r *Request) { r.Type = "other" }, "program": func(r *Request) { r.Program = "Q" }, "kind": func(r *Request) { r.Kind = "" }, "urgency": func(r *Request) { r.Urgency = "soon" },
		"requesting": func(r *Request) { r.Requesting = "1234567890" }, "servicing": func(r *Request) { r.Servicing = "" }, "diagnosis_1": func(r *Request) { r.Diagnoses = nil },
		"diagnosis_2": func(r *Request) { r.Diagnoses[1] = "knee" }, "code_1": func(r *Request) { r.Services = nil }, "units_1": func(r *Request) { r.Services[0].Units = "0" },
		"from_1": func(r *Request) { r.Services[0].From = "2026-02-30" }, "to_1": func(r *Request) { r.Services[0].To = "2026-11-30" },
	} {
		r := whole()
		spoil(&r)
		_, err := r.Complete(offered)
		if m, ok := errors.AsType[*Mistake](err); !ok || m.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, code := range []string{"9711", "971100", "97 10", "g01511", "<b>"} {
		r := whole()
		r.Services = append(r.Services, Service{code, "1", "2026-12-01", "2026-12-01"})
		if m, ok := errors.AsType[*Mistake](func() error { _, err := r.Complete(offered); return err }()); !ok || m.Field != "code_2" {
			t.Errorf("%q is taken", code)
		}
	}
}

// A form is taken as it was typed; empty lines are none, and what no form of ours sends is
// refused.
func TestReadRequest(t *testing.T) {
	form := map[string]string{"type": "therapy", "diagnosis_2": " M17.11 ", "code_3": "97110", "units_3": "many", "notes": "a\r\nb"}
	r, err := ReadRequest(func(name string) string { return form[name] })
	if err != nil || len(r.Diagnoses) != 1 || r.Diagnoses[0] != "M17.11" || len(r.Services) != 1 || r.Services[0].Units != "many" || r.Notes != "a\nb" {
		t.Errorf("%+v, %v", r, err)
	}
	for name, text := range map[string]string{"notes": strings.Repeat("é", 20_001), "program": strings.Repeat("x", 101), "units_20": strings.Repeat("9", 101)} {
		if _, err := ReadRequest(func(n string) string {
			if n == name {
				return text
			}
			return ""
		}); err == nil {
			t.Errorf("%s of %d is taken", name, len(text))
		}
	}
}

func FuzzComplete(f *testing.F) {
	f.Add("E11.9", "97110", "2026-12-01", "1")
	f.Fuzz(func(t *testing.T, diagnosis, code, day, units string) {
		r := whole()
		r.Diagnoses, r.Services = []string{diagnosis}, []Service{{code, units, day, day}}
		kept, err := r.Complete(offered)
		if err != nil {
			return
		}
		if again, err := kept.Complete(offered); err != nil || again.Services[0] != kept.Services[0] || again.Diagnoses[0] != kept.Diagnoses[0] {
			t.Errorf("%+v is not complete again: %v", kept, err)
		}
	})
}

// ASVS 5.4.1: what a file is called is text that can be seen, without folders.
func TestFileNames(t *testing.T) {
	pdf := []byte("%PDF-1.7\n")
	for name, want := range map[string]string{
		"plan.pdf": "plan.pdf", `C:\Users\me\plan.pdf`: "plan.pdf", "../../etc/plan.PDF": "plan.PDF", "a\r\nSet-Cookie: x.pdf": "aSet-Cookie: x.pdf",
		"\u202efdp.exe.pdf": "fdp.exe.pdf", "  plan.pdf ": "plan.pdf", strings.Repeat("é", 300) + ".pdf": strings.Repeat("é", 116) + ".pdf",
	} {
		if a, err := ReadAttachment(name, pdf); err != nil || a.Name != want || a.Type != "application/pdf" {
			t.Errorf("%q: %q, %v", name, a.Name, err)
		}
	}
	for _, name := range []string{"", "..", "plan", "plan.pdf.exe", "plan.html", ".pdf/"} {
		if a, err := ReadAttachment(name, pdf); err == nil {
			t.Errorf("%q was taken as %q", name, a.Name)
		}
	}
}
