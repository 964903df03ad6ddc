package portal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Determination is what a reviewer decided of a case, or that they could not yet.
type Determination struct {
	ID            string
	CaseID        string
	Outcome       CaseStatus // one of Outcomes
	Authorization string     // number; empty where nothing was certified
	Reason        string     // one of Reasons, where less was certified than asked for
	Explanation   string     // the reason in words, which the law wants to be specific (H-7)
	Question      string     // what the provider is asked or told
	From, To      Date       // what is certified holds in these days
	Units         []int      // certified of each service, in the request's order
	DecidedAt     time.Time
	By            string // name
	BySubject     string
}

// Outcomes are what a reviewer can say, in the order of their form.
var Outcomes = []CaseStatus{Certified, Partial, Modified, NotCertified, Pended, Returned}

// Reasons are why less was certified than asked for. Their words are reason.NAME.
var Reasons = []string{"necessity", "coverage", "information", "setting", "duplicate", "other"}

const (
	leastExplanation = 20 // characters: a reason must be specific
	mostExplanation  = 4000
)

// ReadDetermination takes a reviewer's form about a request. The error is *Mistake.
func ReadDetermination(f func(name string) string, asked Request) (d Determination, err error) {
	text := func(name string) string { return strings.TrimSpace(strings.ReplaceAll(f(name), "\r\n", "\n")) }
	d = Determination{Outcome: CaseStatus(f("outcome")), Reason: f("reason"), Explanation: text("explanation"), Question: text("question")}
	wrong := func(field, key string, args ...any) (Determination, error) {
		return d, &Mistake{Field: field, Key: key, Args: args}
	}
	for _, s := range asked.Services {
		n, _ := strconv.Atoi(s.Units)
		d.Units = append(d.Units, n)
	}
	if len(asked.Services) > 0 {
		d.From, d.To = Date(asked.Services[0].From), Date(asked.Services[0].To)
		for _, s := range asked.Services {
			d.From, d.To = min(d.From, Date(s.From)), max(d.To, Date(s.To))
		}
	}
	switch {
	case !slices.Contains(Outcomes, d.Outcome):
		return wrong("outcome", "review.outcome_missing")
	case len([]rune(d.Explanation)) > mostExplanation:
		return wrong("explanation", "review.too_long", "N", mostExplanation)
	case len([]rune(d.Question)) > mostExplanation:
		return wrong("question", "review.too_long", "N", mostExplanation)
	}
	switch d.Outcome {
	case Pended, Returned:
		d.Reason, d.Explanation, d.From, d.To, d.Units = "", "", "", "", nil
		if d.Question == "" {
			return wrong("question", "review.question_missing")
		}
		return d, nil
	case Certified:
		d.Reason, d.Explanation = "", ""
		return d, nil
	}
	if !slices.Contains(Reasons, d.Reason) {
		return wrong("reason", "review.reason_missing")
	}
	if len([]rune(d.Explanation)) < leastExplanation {
		return wrong("explanation", "review.explanation_short", "N", leastExplanation)
	}
	if d.Outcome == NotCertified {
		d.From, d.To, d.Units = "", "", nil
		return d, nil
	}
	return d, d.readExtent(text, asked)
}

// readExtent reads which days and how many units are certified, in part or otherwise than
// asked for.
func (d *Determination) readExtent(text func(string) string, asked Request) error {
	far := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	first, last, ok := d.From, d.To, true
	if d.From, ok = ReadDate(text("from"), far); !ok {
		return &Mistake{Field: "from", Key: "case.date_malformed"}
	}
	if d.To, ok = ReadDate(text("to"), far); !ok {
		return &Mistake{Field: "to", Key: "case.date_malformed"}
	}
	if d.To < d.From {
		return &Mistake{Field: "to", Key: "case.dates_reversed"}
	}
	less, more, all := d.From > first || d.To < last, d.From < first || d.To > last, 0
	for i := range d.Units {
		field := fmt.Sprintf("units_%d", i+1)
		n, err := strconv.Atoi(text(field))
		if err != nil || n < 0 || n > 9999 {
			return &Mistake{Field: field, Key: "review.units_malformed"}
		}
		less, more = less || n < d.Units[i], more || n > d.Units[i]
		d.Units[i], all = n, all+n
	}
	switch {
	case all == 0:
		return &Mistake{Field: "units_1", Key: "review.nothing_certified"}
	case !less && !more:
		return &Mistake{Field: "outcome", Key: "review.nothing_changed"}
	case d.Outcome == Partial && more:
		return &Mistake{Field: "outcome", Key: "review.more_than_asked"}
	}
	return nil
}
