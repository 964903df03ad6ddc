package intake

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// mapping finds a record's field by the name that the file has for it.
type mapping struct {
	fields map[string][]string
	named  map[string]string // ours to the file's, as the operator said
	column map[string]string // the file's to ours, as found out
}

// newMapping reads --map: ours=theirs.
func newMapping(fields map[string][]string, pairs []string) (*mapping, error) {
	m := &mapping{fields: fields, named: map[string]string{}, column: map[string]string{}}
	for _, pair := range pairs {
		ours, theirs, ok := strings.Cut(pair, "=")
		if _, known := fields[ours]; !ok || !known || theirs == "" {
			return nil, fmt.Errorf("--map %s: say FIELD=COLUMN, where FIELD is one of %s", pair, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		}
		m.named[ours] = theirs
		m.column[theirs] = ours
	}
	return m, nil
}

// fold makes names comparable: User Name, user_name and UserName are one.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _-.\t", r) {
			return -1
		}
		return r
	}, strings.ToLower(strings.TrimSpace(name)))
}

// field is ours for a column of the file; empty: it is not read.
func (m *mapping) field(column string) string {
	if ours, ok := m.column[column]; ok {
		return ours
	}
	ours := ""
	for name, others := range m.fields {
		folded := fold(column)
		if _, said := m.named[name]; !said && (folded == fold(name) || slices.Contains(others, folded)) {
			ours = name
		}
	}
	m.column[column] = ours
	return ours
}

// row is a record by our names. The own name of a field wins over its others.
func (m *mapping) row(r *record) Row {
	out := make(map[string]string, len(r.Fields))
	for column, value := range r.Fields {
		ours := m.field(column)
		if ours == "" {
			continue
		}
		if _, there := out[ours]; !there || fold(column) == fold(ours) {
			out[ours] = unescape(value)
		}
	}
	return Row{r.Line, out}
}

// unescape takes the apostrophe away that Cell put before what a spreadsheet would
// take for a formula.
func unescape(value string) string {
	if len(value) > 1 && value[0] == '\'' && formula(value[1]) {
		return value[1:]
	}
	return value
}

func formula(first byte) bool { return strings.IndexByte("=+-@\t\r", first) >= 0 }

// missing names the fields without which no row can be taken.
func (m *mapping) missing(header []string, needed ...string) (list []string) {
	have := map[string]bool{}
	for _, column := range header {
		have[m.field(column)] = true
	}
	for _, name := range needed {
		if !have[name] {
			list = append(list, name)
		}
	}
	return list
}
