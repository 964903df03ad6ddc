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
	All, Overdue, Mine int
	Which              string // mine, free; empty: all
	Rows               []QueueRow
	Next               string
}

// QueueRow is a case in the queue.
type QueueRow struct {
	CaseRow
	Urgent bool
	Left   string // “71 hours”, or “overdue by 3 hours”
	Late   bool
	Due    string
	Path   string
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
	found, err := s.Store.QueueOf(tx, q, perPage+1)
	if err != nil {
		return err
	}
	if page.All, page.Overdue, page.Mine, err = s.Store.CountQueue(tx, r.session.Person.Subject, tx.Now); err != nil {
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
	if err := s.seen(r, found); err != nil {
		return err
	}
	for _, c := range found {
		page.Rows = append(page.Rows, s.queueRow(r, c))
	}
	return s.UI.Page(w, http.StatusOK, r.Lang.Tag, page)
}

func (s *Server) queueRow(r *request, c portal.Case) QueueRow {
	row := QueueRow{CaseRow: caseRow(r, c), Urgent: c.Request.Urgency == "urgent", Path: ReviewPath + "/" + c.ID, Due: c.DueAt.In(s.Zone).Format("2006-01-02 15:04 MST")}
	left := c.Left(s.Store.DB.Now())
	hours := int(left / time.Hour)
	row.Late = s.Store.DB.Now().After(c.DueAt)
	row.Left = r.Lang.Say("queue.left", "Time", r.Lang.Say("time.hours", "N", hours))
	if row.Late {
		row.Left = r.Lang.Say("queue.late", "Time", r.Lang.Say("time.hours", "N", -hours))
	}
	return row
}
