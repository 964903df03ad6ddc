package web

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"

	"sallyport/internal/portal"
	"sallyport/internal/portal/store"
	"sallyport/internal/sqldb"
	"sallyport/internal/ui"
)

const (
	mostText = 1 << 20 // bytes of a form's fields together
	// MostForm is the largest form with files that is read to its end, in bytes: one that is
	// larger than what can be attached is answered in words all the same.
	MostForm = 128 << 20
)

// fileForm is a form that may have files, as it was posted.
type fileForm struct {
	url.Values
	files   []portal.Attachment // received, and not whole before they are attached
	mistake error               // of a file
}

// readFileForm reads the fields, and receives the files, that stand behind the fields, for
// a case or message. The files of a form that comes to nothing are swept.
func (s *Server) readFileForm(w http.ResponseWriter, r *request, holder string) (*fileForm, error) {
	return readForm(w, r, func(f *fileForm, part *multipart.Part) error { return s.receive(w, r, f, holder, part) })
}

// readForm reads the fields, and gives each file to who knows what to do with it.
func readForm(w http.ResponseWriter, r *request, file func(f *fileForm, part *multipart.Part) error) (*fileForm, error) {
	parts, err := formParts(w, r)
	if parts == nil {
		return &fileForm{Values: r.PostForm}, err
	}
	f := &fileForm{Values: url.Values{}}
	left := int64(mostText)
	for {
		extend(w)
		part, err := parts.NextPart()
		switch {
		case err == io.EOF:
			return f, nil
		case err != nil:
			return f.beyond(fmt.Errorf("%w: %w", ui.ErrMalformed, err))
		case part.FormName() != "files":
			if left, err = f.field(part, left); err != nil {
				return nil, err
			}
			continue
		}
		if err := file(f, part); err != nil {
			return f.beyond(err)
		}
	}
}

// formParts begins to read a form. None: it has no parts, and its fields are in PostForm.
func formParts(w http.ResponseWriter, r *request) (*multipart.Reader, error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		parts, err := r.MultipartReader()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ui.ErrMalformed, err)
		}
		return parts, nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, mostText)
	err := r.ParseForm()
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); err != nil && !tooLarge {
		err = fmt.Errorf("%w: %w", ui.ErrMalformed, err)
	}
	return nil, err
}

// field takes one that is no file; left is how much all of them may still have.
func (f *fileForm) field(part *multipart.Part, left int64) (int64, error) {
	text, err := io.ReadAll(io.LimitReader(part, left+1))
	left -= int64(len(text))
	switch {
	case err != nil:
		return left, fmt.Errorf("%w: %w", ui.ErrMalformed, err)
	case left < 0:
		return left, &http.MaxBytesError{Limit: mostText}
	}
	f.Add(part.FormName(), string(text))
	return left, nil
}

// beyond is a form whose end did not come. What was typed stands before the files, and is
// kept; that a file is too large is said.
func (f *fileForm) beyond(err error) (*fileForm, error) {
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		f.mistake = &portal.Mistake{Field: "files", Key: "attachment.large", Args: []any{"N", portal.MostAttachmentSize >> 20}}
		return f, nil
	}
	return nil, err
}

// receive takes one file, piece by piece. What is wrong with it is kept as the form's
// mistake, and its rest is read away.
func (s *Server) receive(w http.ResponseWriter, r *request, f *fileForm, holder string, part *multipart.Part) error {
	name := part.FileName()
	if name == "" || f.mistake != nil { // none was chosen; or one is wrong already
		return drain(w, part)
	}
	if len(f.files) == portal.MostAttached {
		f.mistake = &portal.Mistake{Field: "files", Key: "attachment.at_once", Args: []any{"N", portal.MostAttached}}
		return drain(w, part)
	}
	piece := make([]byte, store.AttachmentPart)
	n, err := io.ReadFull(part, piece)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	a, mistake := portal.ReadAttachment(name, piece[:min(n, 64<<10)])
	if mistake != nil {
		f.mistake = mistake
		return drain(w, part)
	}
	a.Holder, a.AddedBy = holder, r.session.Person.Name
	write := func(fn func(tx *sqldb.Tx) error) error { return s.Store.Write(r.Context(), fn) }
	if err := write(func(tx *sqldb.Tx) error { return s.Store.BeginAttachment(tx, &a) }); err != nil {
		return err
	}
	sum := sha256.New()
	for i := 0; n > 0; i++ {
		if a.Size += int64(n); a.Size > portal.MostAttachmentSize {
			f.mistake = &portal.Mistake{Field: "files", Key: "attachment.large", Args: []any{"N", portal.MostAttachmentSize >> 20}}
			return drain(w, part)
		}
		sum.Write(piece[:n])
		if err := write(func(tx *sqldb.Tx) error { return s.Store.AddPart(tx, a.ID, i, bytes.Clone(piece[:n])) }); err != nil {
			return err
		}
		extend(w)
		if n, err = io.ReadFull(part, piece); err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return err
		}
	}
	a.SHA256 = sum.Sum(nil)
	f.files = append(f.files, a)
	return nil
}

// drain reads the rest of a part away, so that the browser hears the answer.
func drain(w http.ResponseWriter, part *multipart.Part) error {
	piece := make([]byte, 64<<10)
	for {
		extend(w)
		if _, err := part.Read(piece); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}
