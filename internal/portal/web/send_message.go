package web

import (
	"context"
	"errors"
	"net/http"

	"sallyport/internal/portal"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
	"sallyport/internal/ui"
)

// reply goes on with a conversation.
func (s *Server) reply(w http.ResponseWriter, r *request) error {
	t, err := s.theThread(r)
	if err != nil {
		return err
	}
	m := portal.Message{ID: secret.TimeID(s.Store.DB.Now()), By: r.session.Person.Name, Staff: r.answers()}
	form, err := s.readFileForm(w, r, m.ID)
	if err != nil {
		return err
	}
	page := ThreadPage{}
	page.Typed.Body = form.Get("body")
	_, m.Body, err = portal.ReadMessage("", page.Typed.Body, false)
	if err == nil {
		err = form.mistake
	}
	if problem, status := problemOf(r, err); problem != nil {
		page.Problem = problem
		return s.threadPage(w, r, status, t, page)
	}
	if err != nil {
		return err
	}
	err = s.Store.Write(r.Context(), func(tx *sqldb.Tx) error {
		held, err := s.Store.ThreadByID(tx, r.session.Person.Subject, r.side(), t.ID)
		if err != nil {
			return err
		}
		if held == nil {
			return ui.ErrMissing
		}
		return s.say(tx, r, held, &m, form.files)
	})
	if err != nil {
		return err
	}
	return s.said(w, r, t.ID, len(form.files))
}

// beginThread begins one; about a case that has one already, it goes on with that.
func (s *Server) beginThread(w http.ResponseWriter, r *request) error {
	p := &r.session.Person
	m := portal.Message{ID: secret.TimeID(s.Store.DB.Now()), By: p.Name, Staff: r.answers()}
	form, err := s.readFileForm(w, r, m.ID)
	if err != nil {
		return err
	}
	c, err := s.caseOfThread(r, form.Get("case"))
	if err != nil {
		return err
	}
	page := ThreadPage{}
	page.Typed.Subject, page.Typed.Body = form.Get("subject"), form.Get("body")
	subject, body, err := portal.ReadMessage(page.Typed.Subject, page.Typed.Body, true)
	if err == nil {
		err = form.mistake
	}
	if problem, status := problemOf(r, err); problem != nil {
		page.Problem = problem
		return s.newThreadPage(w, r, status, c, page)
	}
	if err != nil {
		return err
	}
	if m.Staff && c == nil {
		return ui.ErrMissing
	}
	m.Body = body
	t := portal.Thread{OrganizationID: p.OrganizationID, Organization: p.Organization, Subject: subject}
	if c != nil {
		t.OrganizationID, t.Organization, t.CaseID = c.OrganizationID, c.Organization, c.ID
	}
	err = s.Store.Write(r.Context(), func(tx *sqldb.Tx) error {
		if err := s.Store.OpenThread(tx, &t); err != nil {
			return err
		}
		return s.say(tx, r, &t, &m, form.files)
	})
	if err != nil {
		return err
	}
	return s.said(w, r, t.ID, len(form.files))
}

// say puts a message and its files into a thread.
func (s *Server) say(tx *sqldb.Tx, r *request, t *portal.Thread, m *portal.Message, files []portal.Attachment) error {
	if err := s.Store.InsertMessage(tx, t, m, r.session.Person.Subject); err != nil {
		return err
	}
	for place, a := range files {
		done, err := s.Store.FinishAttachment(tx, &a, place)
		if err == nil && !done {
			err = errors.New("a file of a message was swept before it was sent")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// said is behind a message that was sent: who is to be told of it is told, and the thread
// shows it.
func (s *Server) said(w http.ResponseWriter, r *request, thread string, files int) error {
	s.tell(r.Context())
	if files > 0 {
		if err := s.Audit.Record(r.Context(), r.actor(), portal.AttachmentAdded, map[string]string{"thread": thread}); err != nil {
			return err
		}
	}
	seeOther(w, MessagesPath+"/"+thread+"?done=sent")
	return nil
}

// tell tells people that there is a message. What fails stays on the list, and is told with
// the next, or with the next sweep.
func (s *Server) tell(ctx context.Context) {
	if err := s.Tell(context.WithoutCancel(ctx)); err != nil {
		s.Log.Error("portal: who has a message is told later", "error", err)
	}
}

// Tell tells everybody who is still to be told. Told first and taken off the list after, so
// that a crash in between tells twice, and never not at all.
func (s *Server) Tell(ctx context.Context) error {
	list, err := s.Store.Notices(s.Store.Read(ctx), 100)
	if err != nil {
		return err
	}
	var errs []error
	for _, n := range list { // one that fails holds up no other
		err := s.Notifier.Notify(ctx, n)
		if err == nil {
			err = s.Store.Write(ctx, func(tx *sqldb.Tx) error { return s.Store.RemoveNotice(tx, n) })
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// settle takes a conversation off staff's list: nothing needs to be said.
func (s *Server) settle(w http.ResponseWriter, r *request) error {
	t, err := s.theThread(r)
	if err != nil {
		return err
	}
	if !r.answers() {
		return s.refused(r, "settle", t.ID)
	}
	if err := s.Store.Write(r.Context(), func(tx *sqldb.Tx) error { return s.Store.SettleThread(tx, t.ID) }); err != nil {
		return err
	}
	seeOther(w, MessagesPath)
	return nil
}
