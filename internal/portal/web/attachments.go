package web

import (
	"mime"
	"net/http"
	"strconv"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// attach makes the files of a form whole, and removes those that it ticks, while the case
// may be changed. What was not attached is swept. That there are too many is the form's
// mistake.
func (s *Server) attach(r *request, read *portal.Case, form *fileForm) error {
	gone := form.Values["remove"]
	if len(form.files)+len(gone) == 0 {
		return nil
	}
	var added, removed []string
	err := s.Store.Write(r.Context(), func(tx *sqldb.Tx) error {
		added, removed = nil, nil
		c, err := s.Store.CaseByID(tx, r.session.Person.OrganizationID, read.ID)
		if err != nil || c == nil || !c.Status.Editable() {
			return err
		}
		for _, id := range gone {
			done, err := s.Store.RemoveAttachment(tx, c.ID, id)
			if err != nil {
				return err
			}
			if done {
				removed = append(removed, id)
			}
		}
		for place, a := range form.files {
			done, err := s.Store.FinishAttachment(tx, &a, place)
			if err != nil {
				return err
			}
			if !done {
				form.mistake = &portal.Mistake{Field: "files", Key: "attachment.many", Args: []any{"N", portal.MostAttachments}}
				break
			}
			added = append(added, a.ID)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for event, ids := range map[string][]string{portal.AttachmentAdded: added, portal.AttachmentRemoved: removed} {
		for _, id := range ids {
			if err := s.Audit.Record(r.Context(), r.actor(), event, map[string]string{"case": read.ID, "attachment": id}); err != nil {
				return err
			}
		}
	}
	return nil
}

// attachment hands a file of a case over.
func (s *Server) attachment(w http.ResponseWriter, r *request) error {
	c, err := s.theCase(r)
	if err != nil {
		return err
	}
	return s.handOver(w, r, c.ID, "case")
}

// handOver hands a file of a case or message over, as a download and nothing else: no
// browser shows it under our name (ASVS 3.2.1, 5.4.1).
func (s *Server) handOver(w http.ResponseWriter, r *request, holder, what string) error {
	a, err := s.Store.AttachmentByID(s.Store.Read(r.Context()), holder, r.PathValue("file"))
	if err != nil {
		return err
	}
	if a == nil {
		return s.refused(r, "attachment", r.PathValue("file"))
	}
	if err := s.Audit.Record(r.Context(), r.actor(), portal.AttachmentOpened, map[string]string{what: holder, "attachment": a.ID}); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", a.Type)
	h.Set("Content-Length", strconv.FormatInt(a.Size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.Name}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	err = s.Store.EachPart(r.Context(), a.ID, func(piece []byte) error {
		extend(w)
		_, err := w.Write(piece)
		return err
	})
	if err != nil { // the head is out: the browser sees that bytes are missing
		s.Log.Warn("portal: attachment not handed over whole", "attachment", a.ID, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// FileRow is an attachment in a list.
type FileRow struct {
	portal.Attachment
	Path, Bytes, When string
}

// fileRows are the files of a case or message, whose address is base.
func fileRows(base string, list []portal.Attachment) (rows []FileRow) {
	for _, a := range list {
		rows = append(rows, FileRow{a, base + "/attachments/" + a.ID, bytesWords(a.Size), clockTime(a.AddedAt)})
	}
	return rows
}

// bytesWords says a size as people read it, in kB or MB.
func bytesWords(n int64) string {
	if n < 1_000_000 {
		return strconv.FormatInt(max(1, n/1000), 10) + " kB"
	}
	return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB"
}
