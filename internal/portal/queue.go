package portal

// QueueFigures count the cases that wait to be decided.
type QueueFigures struct {
	Waiting int // all of them
	Overdue int
	Mine    int // assigned to the reviewer who looks
}

// ReviewerFigures are HOME's figures for a reviewer.
type ReviewerFigures struct {
	QueueFigures
	Messages int // conversations that wait for an answer
	Decided  int // decisions of the current month, by everyone
}
