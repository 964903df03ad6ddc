package portal

import "context"

// Auditor writes down who looked at whom, where nobody can change it. What can't be
// written down is not shown.
type Auditor interface {
	Record(ctx context.Context, by Actor, event string, detail map[string]string) error
}

// Events of the portal.
const (
	ConsumersSought   = "consumer.sought" // found says how many, consumers which
	ConsumerSeen      = "consumer.seen"
	ConsumerAdded     = "consumer.added"
	AttachmentAdded   = "attachment.added"
	AttachmentRemoved = "attachment.removed"
	AttachmentOpened  = "attachment.opened"
	CaseClaimed       = "case.claimed" // by a reviewer, or given back
	CaseDecided       = "case.decided"
	ReportRead        = "report.read"
	ActRefused        = "act.refused" // somebody tried what is not theirs
)
