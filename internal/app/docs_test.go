package app_test

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sallyport/internal/config"
	"sallyport/internal/door/journey"
)

var update = flag.Bool("update", false, "write the generated documents")

// docs/journeys.md and docs/limits.md are made from the code, so they are true:
// go test ./internal/app -run Generated -update
func TestGeneratedDocuments(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"../../docs/journeys.md": journeysDoc(), "../../docs/limits.md": limitsDoc()} {
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := readFile(path); err != nil || got != want {
			t.Errorf("%s is not what the code says (%v): run `go test ./internal/app -run Generated -update`", path, err)
		}
	}
}

func journeysDoc() string {
	var out strings.Builder
	out.WriteString("# The journeys\n\nMade from the lists in `internal/door/journey`; the test that makes it is `TestGeneratedDocuments`.\n" +
		"A step with a page shows its buttons; an effect runs in the transaction of the button before it.\n")
	for _, j := range journey.All() {
		fmt.Fprintf(&out, "\n## %s\n\nBegins at `%s`; “Cancel” leads to `%s`.\n\n```mermaid\nflowchart LR\n", j.Name, j.Start, j.Leave)
		for i, step := range j.Steps {
			var buttons []string
			for name := range step.Actions {
				buttons = append(buttons, name)
			}
			slices.Sort(buttons)
			label := step.Name
			if len(buttons) > 0 {
				label += "<br>" + strings.Join(buttons, " · ")
			}
			shape := "[\"%s\"]"
			if step.View == nil {
				shape = "([\"%s\"])"
			}
			fmt.Fprintf(&out, "  s%d"+shape+"\n", i, label)
			if i > 0 {
				when := "-->"
				if step.When != nil {
					when = "-. where it applies .->"
				}
				fmt.Fprintf(&out, "  s%d %s s%d\n", i-1, when, i)
			}
		}
		out.WriteString("```\n")
	}
	return out.String()
}

func limitsDoc() string {
	var out strings.Builder
	out.WriteString("# Timers and limits\n\nEvery value is set under `limits:` in the configuration file. Outside its range the program refuses to start.\n" +
		"Made from `internal/config/limits.go`.\n\n| setting | id | profile guide | profile recommended | range |\n| --- | --- | --- | --- | --- |\n")
	guide, recommended := reflect.ValueOf(config.Default(config.Guide).Limits), reflect.ValueOf(config.Default(config.Recommended).Limits)
	for i := range guide.NumField() {
		field := guide.Type().Field(i)
		if field.Tag.Get("range") == "" {
			continue
		}
		fmt.Fprintf(&out, "| `%s` | %s | %v | %v | %s |\n", field.Tag.Get("yaml"), field.Tag.Get("tm"), guide.Field(i).Interface(), recommended.Field(i).Interface(),
			strings.Replace(field.Tag.Get("range"), "..", " to ", 1))
	}
	out.WriteString("\n`networks` is a list of `{cidr, unfinished_sends, address_failures}`: other per-address limits for known networks, such as a hospital behind one address.\n")
	return out.String()
}
