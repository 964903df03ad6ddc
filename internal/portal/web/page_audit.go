package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"sallyport/internal/portal"
)

// AuditLogPage lets staff search the audit log.
type AuditLogPage struct {
	Frame
	Whom, Event, From, To string // as typed
	Types                 []EventChoice
	Rows                  []AuditRow
	Next                  string
	Size                  int64
}

// EventChoice is a kind of event to choose.
type EventChoice struct {
	Type, Words string
	Selected    bool
}

// AuditRow is one row.
type AuditRow struct {
	portal.AuditRow
	When, Words, Line string
}

func (AuditLogPage) Template() string { return "page_audit" }

// auditTypes are the events that can be searched for.
var auditTypes = []string{"registration.reset", "user.invited", "user.disabled", "user.enabled", "user.unlocked", "role.changed", "link.sent", "registration_code.issued", "registration_code.expired",
	"act.refused", "user.looked_at", "staff.signed_in", "staff.refused", "glass.broken", "audit.read", "audit.pruned", "imported", "registered", "registration.undone", "password.created", "password.reset", "reset.undone",
	"user.added", "rescue.asked", "help.asked", "terms.accepted", "call.denied", "factor.off", "limit.reached", "alarm.raised", "alarm.ended", "session.replayed", "token.replayed",
	"client.added", "client.rotated", "client.removed", "keys.rotated", "signed_in", "signed_out", "password.accepted", "password.refused", "code.requested", "code.accepted", "code.refused", "call.requested", "call.confirmed"}

func (s *Server) auditLog(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	page := AuditLogPage{Whom: strings.TrimSpace(q.Get("person")), Event: q.Get("event"), From: q.Get("from"), To: q.Get("to")}
	ask := portal.AuditQuery{Person: page.Whom, Type: page.Event, Before: q.Get("before")}
	if day, err := time.Parse(time.DateOnly, page.From); err == nil {
		ask.From = day
	}
	if day, err := time.Parse(time.DateOnly, page.To); err == nil {
		ask.To = day.AddDate(0, 0, 1)
	}
	found, err := s.HelpDesk.Audit(r.Context(), r.actor(), ask)
	if err != nil {
		return missingOr(err)
	}
	if page.Frame, err = s.frame(r, "audit.title", "/staff/audit"); err != nil {
		return err
	}
	for _, t := range auditTypes {
		page.Types = append(page.Types, EventChoice{t, eventWords(r, t), t == page.Event})
	}
	for _, row := range found.Rows {
		page.Rows = append(page.Rows, AuditRow{row, clockTime(row.At), eventWords(r, row.Type), detailWords(row.Detail)})
	}
	page.Size = found.Size
	if found.Next != "" {
		next := url.Values{"before": {found.Next}}
		for name, value := range map[string]string{"person": page.Whom, "event": page.Event, "from": page.From, "to": page.To} {
			if value != "" {
				next.Set(name, value)
			}
		}
		page.Next = "/staff/audit?" + next.Encode()
	}
	return s.UI.Page(w, http.StatusOK, r.Lang.Tag, page)
}
