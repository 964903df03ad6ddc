package web

import (
	"net/http"
	"strings"
	"time"

	"sallyport/internal/portal"
)

// HelpDeskPage shows staff one person: where they are stuck, what was sent and what
// became of it, and what can be done.
type HelpDeskPage struct {
	Frame
	User     PersonRow
	View     portal.UserView
	Stuck    string // what to tell them, in words
	Sent     []SentRow
	Events   []EventRow
	Resend   bool
	CanReset bool
}

// SentRow is one message.
type SentRow struct{ When, What, State, Tone, Course string }

// EventRow is one event.
type EventRow struct{ When, What, By, Detail string }

func (HelpDeskPage) Template() string { return "page_help_desk" }

func (s *Server) helpDesk(w http.ResponseWriter, r *request) error {
	h, err := s.HelpDesk.Help(r.Context(), r.actor(), r.PathValue("id"))
	if err != nil {
		return missingOr(err)
	}
	frame, err := s.frame(r, "find.title", "/staff/users/"+h.ID)
	if err != nil {
		return err
	}
	frame.Title = h.Name
	page := HelpDeskPage{Frame: frame, User: s.row(r, h.User), View: h.UserView, Stuck: stuck(r, h.User)}
	if h.Closed {
		page.Stuck = r.Lang.Say("stuck.reported")
	}
	page.CanReset = h.MayAct && (h.State == "registered" || h.State == "half")
	page.Resend = h.MayAct && h.State != "registered" && h.State != "disabled"
	for _, m := range h.Sent {
		page.Sent = append(page.Sent, sentRow(r, m))
	}
	for _, e := range h.Events {
		page.Events = append(page.Events, EventRow{clockTime(e.At), eventWords(r, e.Type), e.By, detailWords(e.Detail)})
	}
	return s.UI.Page(w, http.StatusOK, r.Lang.Tag, page)
}

// stuck is what the person needs next, for who has them on the telephone.
func stuck(r *request, u portal.User) string {
	switch {
	case u.State == "registered":
		return r.Lang.Say("stuck.registered_" + u.Method)
	case u.State == "imported" && !u.HasOldPassword:
		return r.Lang.Say("stuck.invited")
	}
	return r.Lang.Say("stuck." + u.State)
}

func sentRow(r *request, m portal.Sent) (row SentRow) {
	if m.Carrier != "" {
		defer func() { row.What += " · " + m.Carrier }()
	}
	row = SentRow{When: clockTime(m.At), What: r.Lang.Say("sent." + m.Kind + "_" + m.Channel), State: r.Lang.Say("sent.state." + m.State)}
	row.Course = course(r, m.Call)
	switch {
	case m.Used:
		row.State, row.Tone = r.Lang.Say("sent.used"), "good"
	case m.State == "sent", m.State == "confirmed", m.State == "told", m.State == "delivered":
		row.Tone = "good"
	case m.State == "failed", m.State == "denied", m.State == "undelivered", m.State == "unreachable":
		row.Tone = "bad"
	case m.State == "again", m.State == "unknown", m.State == "busy", m.State == "no_answer", m.State == "hung_up", m.State == "machine", m.State == "declined":
		row.Tone = "warn"
	}
	return row
}

// course is how a call went, step by step, and the carrier's words for it.
func course(r *request, c portal.CallCourse) string {
	var parts []string
	for _, step := range []struct {
		key string
		at  time.Time
	}{{"ringing", c.RingingAt}, {"answered", c.AnsweredAt}, {"prompt", c.PromptEndedAt}, {"ended", c.EndedAt}} {
		if !step.at.IsZero() {
			parts = append(parts, r.Lang.Say("sent.course."+step.key)+" "+step.at.UTC().Format("15:04:05"))
		}
	}
	if c.Note != "" {
		parts = append(parts, c.Note)
	}
	return strings.Join(parts, " · ")
}
