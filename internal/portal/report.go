package portal

import "time"

// CaseFigure is how many cases there are of a status, type and contract.
type CaseFigure struct {
	ContractID, Contract string
	Status               CaseStatus
	Type                 string // empty: not chosen yet
	N                    int
}

// AgeFigure is how many undecided cases were submitted so long ago.
type AgeFigure struct {
	Below time.Duration // 0: no bound
	N     int
}

// Ages are the bounds of a report's ages: the clocks', and what is beyond them.
var Ages = []time.Duration{24 * time.Hour, UrgentWithin, StandardWithinDays * 24 * time.Hour, 14 * 24 * time.Hour, 0}

// TurnaroundFigure is what became of a month's decisions of one urgency and outcome.
type TurnaroundFigure struct {
	Month   string // 2026-11
	Urgency string
	Outcome CaseStatus
	Decided int
	Late    int           // of them, after they were due
	Took    time.Duration // from submission to decision, all of them together
}
