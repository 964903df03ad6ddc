package web

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sallyport/internal/portal"
	"sallyport/internal/portal/store"
)

// QueuePage is what waits to be decided, that first which is due first.
type QueuePage struct {
	Frame
	portal.QueueFigures
	Which string // mine, free; empty: all
	Rows  []QueueRow
	Next  string
}

// QueueRow is a case in the queue.
type QueueRow struct {
	CaseRow
	Urgent bool
	Left   string // “71 hours”, or “overdue by 3 hours”
	Late   bool
	Due    string
}

func (QueuePage) Template() string { return "page_queue" }

func (s *Server) queue(w http.ResponseWriter, r *request) error {
	tx, q := s.Store.Read(r.Context()), store.Queue{After: readAfter(r.URL.Query().Get("after"))}
	page := QueuePage{Which: r.URL.Query().Get("which")}
	switch page.Which {
	case "mine":
		q.ClaimedBy = r.session.Person.Subject
	case "free":
		q.ClaimedBy = "-"
	default:
		page.Which = ""
	}
	found, err := s.Store.QueueOf(tx, r.caseScope(), q, perPage+1)
	if err != nil {
		return err
	}
	if page.QueueFigures, err = s.Store.CountQueue(tx, r.caseScope(), r.session.Person.Subject); err != nil {
		return err
	}
	if page.Frame, err = s.frame(r, "queue.title", QueuePath); err != nil {
		return err
	}
	if len(found) > perPage {
		found = found[:perPage]
		last := found[perPage-1]
		page.Next = QueuePath + "?" + url.Values{"which": {page.Which}, "after": {strconv.FormatInt(last.DueAt.UnixMicro(), 10) + "." + last.ID}}.Encode()
	}
	if page.Rows, err = s.queueRows(r, found); err != nil {
		return err
	}
	return s.UI.Page(w, http.StatusOK, r.Lang.Tag, page)
}

// queueRows are the rows of cases that wait. Whose cases they are is written down first.
func (s *Server) queueRows(r *request, found []portal.Case) (rows []QueueRow, err error) {
	if err := s.seen(r, found); err != nil {
		return nil, err
	}
	for _, c := range found {
		rows = append(rows, s.queueRow(r, c))
	}
	return rows, nil
}

func (s *Server) queueRow(r *request, c portal.Case) QueueRow {
	row := QueueRow{CaseRow: caseRow(r, c), Urgent: c.Request.Urgency == "urgent", Due: c.DueAt.In(s.Zone).Format("2006-01-02 15:04 MST")}
	left := c.Left(s.Store.DB.Now())
	hours := int(left / time.Hour)
	row.Late = s.Store.DB.Now().After(c.DueAt)
	row.Left = r.Lang.Say("queue.left", "Time", r.Lang.Say("time.hours", "N", hours))
	if row.Late {
		row.Left = r.Lang.Say("queue.late", "Time", r.Lang.Say("time.hours", "N", -hours))
	}
	return row
}
