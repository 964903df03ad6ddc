package app_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sallyport/internal/config"
	"sallyport/internal/sqldb"
)

// aPDF is n bytes that begin like one.
func aPDF(n int) []byte {
	return append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("plan of care\n"), n/13+1)...)[:n]
}

func aPicture(t *testing.T) (pngFile, jpegFile []byte) {
	t.Helper()
	var one, two bytes.Buffer
	if err := png.Encode(&one, image.NewGray(image.Rect(0, 0, 9, 9))); err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(&two, image.NewGray(image.Rect(0, 0, 9, 9)), nil); err != nil {
		t.Fatal(err)
	}
	return one.Bytes(), two.Bytes()
}

func (w *world) rows(query string, args ...any) (n int) {
	w.t.Helper()
	if err := w.serving.Load().PortalStore.Read(w.t.Context()).QueryRow(query, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// Files come with the form, are typed by their content, and go out as downloads alone
// (ASVS 5.2.1, 5.2.2, 5.4.1, 3.2.1); what is wrong with one loses nothing that was typed.
func TestAttachments(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		b := newTab(w)
		w.signIn(b, pat)
		b.open("/home")
		b.click("Okonkwo, Amara")
		path := b.url.Path
		plan := aPDF(700_000) // three parts
		b.fill("What the reviewer should know", "With the plan.")
		b.attach(`C:\Scans\“Plan” of care.pdf`, plan)
		picture, photo := aPicture(t)
		b.attach("wound.png", picture)
		b.attach("wound.JPG", photo)
		b.click("Save")
		if b.status != http.StatusOK || !b.sees("“Plan” of care.pdf 700 kB") || b.sees("Scans") || !b.sees("wound.png") || !b.sees("wound.JPG") || !b.sees("With the plan.") {
			t.Fatalf("%d: %s", b.status, b.text())
		}
		link := b.find(hrefOf("/attachments/"))
		b.open(attr(link, "href"))
		if b.body != string(plan) || b.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(b.header.Get("Content-Disposition"), "attachment; filename*=utf-8''%E2%80%9CPlan") ||
			b.header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(b.header.Get("Content-Security-Policy"), "sandbox") || b.header.Get("Cache-Control") != "no-store" {
			t.Errorf("download: %d bytes, %v", len(b.body), b.header)
		}
		if n, m := w.audited("attachment.added"), w.audited("attachment.opened"); n != 3 || m != 1 {
			t.Errorf("audited: %d added, %d opened", n, m)
		}
		for _, refused := range []struct {
			name    string
			content []byte
			words   string
		}{
			{"page.pdf", []byte("<html><script>alert(1)</script>"), "can’t be attached"},
			{"plan.exe", plan, "is not what its ending says"},
			{"tool.pdf", []byte("MZ\x90\x00\x03"), "can’t be attached"},
			{"nothing.pdf", nil, "is empty"},
			{"picture.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "can’t be attached"},
			{"large.pdf", aPDF(10<<20 + 1), "more than 10 MB"},
		} {
			b.open(path)
			b.fill("What the reviewer should know", "Typed with "+refused.name)
			b.attach(refused.name, refused.content)
			b.click("Save")
			if b.status != http.StatusUnprocessableEntity || !b.sees(refused.words) || !strings.Contains(b.body, "Typed with "+refused.name) {
				t.Errorf("%s: %d %s", refused.name, b.status, b.text())
			}
			if b.open(path); !strings.Contains(b.body, "Typed with "+refused.name) || b.find(linkOf(refused.name)) != nil {
				t.Errorf("%s: afterwards %s", refused.name, b.text())
			}
		}
		// Submitting with a wrong file does not submit.
		b.completes()
		b.attach("page.pdf", []byte("<html>"))
		b.click("Submit")
		if b.status != http.StatusUnprocessableEntity || !b.sees("Not submitted") {
			t.Errorf("submitted with a wrong file: %d %s", b.status, b.text())
		}
		// The first is removed with its tick, and is gone.
		b.typed["remove"] = "" // no tick
		link = b.find(hrefOf("/attachments/"))
		gone := attr(link, "href")
		b.typed["remove"] = gone[strings.LastIndex(gone, "/")+1:]
		b.click("Save")
		if b.sees("of care.pdf") || !b.sees("wound.png") {
			t.Errorf("removed: %s", b.text())
		}
		if b.open(gone); b.status != http.StatusNotFound {
			t.Errorf("the removed file: %d", b.status)
		}
		// What was begun and refused is swept after an hour.
		w.clock.add(61 * 60e9)
		if _, err := w.serving.Load().PortalStore.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, m := w.rows(`SELECT COUNT(*) FROM attachment`), w.rows(`SELECT COUNT(*) FROM attachment_part`); n != 2 || m != 2 {
			t.Errorf("%d attachments in %d parts", n, m)
		}
	})
}

// A case holds as many files as it may, and a form as many.
func TestAttachmentsAreLimited(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, pat)
	b.open("/home")
	b.click("Okonkwo, Amara")
	for range 4 {
		for range 5 {
			b.attach("a.pdf", aPDF(20))
		}
		if b.click("Save"); b.status != http.StatusOK {
			t.Fatalf("%d: %s", b.status, b.text())
		}
	}
	b.attach("a.pdf", aPDF(20))
	if b.click("Save"); !b.sees("at most 20 attachments") {
		t.Errorf("the 21st: %s", b.text())
	}
	for range 6 {
		b.attach("a.pdf", aPDF(20))
	}
	if b.click("Save"); !b.sees("At most 5 files at a time") && !b.sees("at most 20 attachments") {
		t.Errorf("six at once: %s", b.text())
	}
	if n := w.rows(`SELECT COUNT(*) FROM attachment WHERE size >= 0`); n != 20 {
		t.Errorf("%d attachments", n)
	}
}

// A form that is cut off, or none at all, is the sender's mistake; nothing of it is seen.
func TestMalformedForms(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, pat)
	b.open("/home")
	b.click("Okonkwo, Amara")
	path := b.url.Path
	for _, c := range []struct{ kind, body string }{
		{"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"notes\"\r\n\r\ncut"},
		{"multipart/form-data; boundary=x", "nothing"},
		{"multipart/form-data", "no boundary"},
		{"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.7 cut"},
		{"application/x-www-form-urlencoded", "notes=%zz"},
	} {
		req, _ := http.NewRequest(http.MethodPost, b.base+path+"/save", strings.NewReader(c.body))
		req.Header.Set("Content-Type", c.kind)
		b.take(b.send(req))
		if b.status != http.StatusBadRequest {
			t.Errorf("%s %.60q: %d", c.kind, c.body, b.status)
		}
	}
	b.post(path+"/save", url.Values{"version": {"1"}, "notes": {strings.Repeat("x", 1<<20)}})
	if b.status != http.StatusRequestEntityTooLarge {
		t.Errorf("notes of 1 MiB and more: %d", b.status)
	}
	if n := w.rows(`SELECT COUNT(*) FROM attachment WHERE size >= 0`); n != 0 {
		t.Errorf("%d attachments", n)
	}
	if b.open(path); !b.sees("Left-sided weakness") {
		t.Errorf("afterwards: %s", b.text())
	}
}

// What somebody sends whose session has ended is in the answer, and is sent again after
// they signed in (no script is needed for that).
func TestFormOverAnEndedSession(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, pat)
	b.open("/home")
	b.click("Okonkwo, Amara")
	path := b.url.Path
	w.endPortalSessions()
	b.fill("What the reviewer should know", "Typed over the\nend of a session. <b>")
	b.attach("plan.pdf", aPDF(50))
	b.click("Save")
	if b.status != http.StatusForbidden || !b.sees("You were signed out meanwhile") || !b.sees("Files are not part of it") {
		t.Fatalf("%d: %s", b.status, b.text())
	}
	again := b.sibling()
	again.open(attr(b.find(linkOf("Sign in again")), "href"))
	if again.url.Path != path {
		t.Fatalf("the sign-in leads to %s", again.url)
	}
	b.click("Send what I typed")
	if b.url.Path != path || !b.sees("Saved.") || !strings.Contains(b.body, "Typed over the\nend of a session. &lt;b&gt;") {
		t.Errorf("%d: %s", b.status, b.text())
	}
	b.open("/consumers")
	b.fill("Consumer ID", "SM-204937")
	w.endPortalSessions()
	b.click("Find")
	again.open(attr(b.find(linkOf("Sign in again")), "href"))
	if b.click("Send what I typed"); !b.sees("Peña, Luis") {
		t.Errorf("a search: %s", b.text())
	}
	w.endPortalSessions()
	b.post(path+"/save", url.Values{"notes": {strings.Repeat("x", 2<<20)}})
	if b.status != http.StatusRequestEntityTooLarge {
		t.Errorf("2 MiB of a stranger: %d", b.status)
	}
}

// endPortalSessions ends everybody's session at the portal; the door's stand.
func (w *world) endPortalSessions() {
	w.t.Helper()
	s := w.serving.Load().PortalStore
	if err := s.Write(w.t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`DELETE FROM portal_session`)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
}
