package web

import (
	"fmt"

	"sallyport/internal/portal"
	"sallyport/internal/ui"
)

// Field is one field of a case's form.
type Field struct {
	Name, Label, Value, Kind string // kind of an input: text, date; none where it is a choice
	Options                  []Option
	Problem                  *ui.Problem // of this field alone
	Note                     string      // what the operator's list says of the code
	Look                     string      // the system whose codes can be looked up; empty: none
}

// Option is a choice.
type Option struct {
	Value, Label string
	Selected     bool
}

// Line is one service.
type Line struct {
	Label  string
	Fields []Field
}

// Shown is a thing that was asked for, in words.
type Shown struct {
	Label, Value string
	Code         string // that the value begins with, if any
	Note         string // what the operator's list says of it
}

// fill makes the form of what is shown, and the record of what was asked for.
func (p *CasePage) fill(r *request, programs []portal.Program) {
	t, say := p.Typed, r.Lang.Say
	field := func(name, label, value, kind string) Field {
		f := Field{Name: name, Label: label, Value: value, Kind: kind}
		if p.Problem.At(name) {
			f.Problem = p.Problem
		}
		return f
	}
	choice := func(name, label, value string, options []Option) {
		f := field(name, label, value, "")
		f.Options = options
		p.Choices = append(p.Choices, f)
		for _, o := range options {
			if o.Selected {
				p.Record = append(p.Record, Shown{Label: label, Value: o.Label})
			}
		}
	}
	choice("type", say("home.col.case_type"), t.Type, options(r, "type", portal.CaseTypes, t.Type))
	var offered []Option
	for _, o := range programs {
		offered = append(offered, Option{o.ID, o.Name + " (" + o.ID + ")", o.ID == t.Program})
	}
	choice("program", say("case.program"), t.Program, offered)
	choice("kind", say("case.kind"), t.Kind, options(r, "kind", portal.RequestKinds, t.Kind))
	choice("urgency", say("case.urgency"), t.Urgency, options(r, "urgency", portal.Urgencies, t.Urgency))
	p.NPIs = []Field{field("requesting", say("case.requesting"), t.Requesting, "text"), field("servicing", say("case.servicing"), t.Servicing, "text")}
	p.Record = append(p.Record, Shown{Label: say("case.requesting"), Value: t.Requesting}, Shown{Label: say("case.servicing"), Value: t.Servicing})
	for i, d := range append(append([]string{}, t.Diagnoses...), make([]string, max(1, 3-len(t.Diagnoses)))...) {
		p.Codes = append(p.Codes, field(fmt.Sprintf("diagnosis_%d", i+1), fmt.Sprintf("%s %d", say("case.diagnosis"), i+1), d, "text"))
		if d != "" {
			p.Record = append(p.Record, Shown{Label: fmt.Sprintf("%s %d", say("case.diagnosis"), i+1), Value: d, Code: d})
		}
	}
	for i, s := range append(append([]portal.Service{}, t.Services...), portal.Service{}) {
		line := Line{Label: fmt.Sprintf("%s %d", say("case.service"), i+1)}
		for _, f := range [][3]string{{"code", s.Code, "text"}, {"units", s.Units, "text"}, {"from", s.From, "date"}, {"to", s.To, "date"}} {
			line.Fields = append(line.Fields, field(fmt.Sprintf("%s_%d", f[0], i+1), say("case."+f[0]), f[1], f[2]))
		}
		p.Lines = append(p.Lines, line)
		if s != (portal.Service{}) {
			p.Record = append(p.Record, Shown{Label: line.Label, Value: fmt.Sprintf("%s × %s, %s – %s", s.Code, s.Units, s.From, s.To), Code: s.Code})
		}
	}
}

func options(r *request, what string, values []string, selected string) (list []Option) {
	for _, v := range values {
		list = append(list, Option{v, r.Lang.Say("case." + what + "." + v), v == selected})
	}
	return list
}
