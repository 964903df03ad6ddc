package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var (
	caseVersion = regexp.MustCompile(`name="version" value="(\d+)"`)
	notesField  = regexp.MustCompile(`(?s)<textarea id="notes"[^>]*>(.*?)</textarea>`)
	fileLink    = regexp.MustCompile(`href="(/cases/[^"]+/attachments/[^"]+)"`)
)

// kill −9 at any point while a request is saved, files are attached and it is submitted:
// what was acknowledged is there, no file shows that is not whole, a request is submitted
// once, and HOME's figures are the rows'.
func TestKillWhileARequestIsSaved(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := startDemo(t, data, "127.0.0.1:"+freePort(t))
	listen := p.port()
	v := newVisitor(t)
	v.get(p.base + "/signin/phone")
	v.post("sign_in", "email", "dana.phone@lakeside.example", "password", "correct horse battery staple")
	v.post("send_code")
	v.post("verify", "code", p.newest("+12025550185", "sms")["code"].(string))
	found := regexp.MustCompile(`href="(/cases/[0-9a-z]{20,})">O’Shea`).FindStringSubmatch(v.page)
	if found == nil {
		t.Fatalf("no draft on %s:\n%s", v.url, v.page)
	}
	path := found[1]
	plan := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("plan of care "), 250_000)...) // 13 parts
	version := func() string {
		if m := caseVersion.FindStringSubmatch(v.page); m != nil {
			return m[1]
		}
		return ""
	}
	count := func(query string, args ...any) (n int) {
		t.Helper()
		db := open(t, filepath.Join(data, "portal.db"))
		defer db.Close() // nobody has the database open while the killed server starts again
		if err := db.QueryRow(query, args...).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	var acknowledged atomic.Int64 // the last save
	const kills = 8
	for n := range kills {
		v.get(p.base + path)
		saved, began := int(acknowledged.Load()), time.Now().UnixMicro()
		stop := make(chan struct{})
		done := make(chan struct{})
		go func() { // saves by itself as fast as it may
			defer close(done)
			at := version()
			for i := saved + 1; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				req, _ := http.NewRequest(http.MethodPost, p.base+path+"/save", strings.NewReader(url.Values{"version": {at}, "notes": {strconv.Itoa(i)}}.Encode()))
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				req.Header.Set("X-Autosave", "1")
				resp, err := v.http.Do(req)
				if err != nil {
					return
				}
				resp.Body.Close()
				if resp.StatusCode == http.StatusConflict {
					return // the file's form was saved in between
				}
				if resp.StatusCode != http.StatusNoContent {
					t.Errorf("saving: %s", resp.Status)
					return
				}
				acknowledged.Store(int64(i))
				at = resp.Header.Get("X-Version")
			}
		}()
		attached := make(chan struct{})
		go func() {
			defer close(attached)
			var body bytes.Buffer
			form := multipart.NewWriter(&body)
			form.WriteField("version", "0") // the text is not the newest: the file alone is taken
			part, _ := form.CreateFormFile("files", fmt.Sprintf("plan %d.pdf", n))
			part.Write(plan)
			form.Close()
			if resp, err := v.http.Post(p.base+path+"/save", form.FormDataContentType(), &body); err == nil {
				resp.Body.Close()
			}
		}()
		switch n { // a moment that is observed, another one each time
		case 0:
			atOnce(t, "a save is acknowledged", func() bool { return acknowledged.Load() > 0 })
		case kills - 1:
			<-attached
		default:
			atOnce(t, fmt.Sprint(2*n, " parts of the file are in"), func() bool {
				return count(`SELECT COUNT(*) FROM attachment_part p JOIN attachment a ON a.id = p.attachment_id WHERE a.added_at >= $1`, began) >= 2*n
			})
		}
		p.kill()
		close(stop)
		<-done
		<-attached
		p = startDemo(t, data, listen)
		v.get(p.base + path)
		saved = int(acknowledged.Load())
		if got, _ := strconv.Atoi(strings.TrimSpace(notesField.FindStringSubmatch(v.page)[1])); saved > 0 && got < saved {
			t.Errorf("kill %d: %d was acknowledged, %d is there", n, saved, got)
		} else {
			acknowledged.Store(int64(got)) // one may have been written whose answer did not come
		}
	}
	saved := acknowledged.Load()
	if saved < kills {
		t.Errorf("%d saves: nothing was tried", saved)
	}
	whole := fileLink.FindAllStringSubmatch(v.page, -1)
	for _, link := range whole {
		resp, err := v.http.Get(p.base + link[1])
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !bytes.Equal(content, plan) {
			t.Errorf("%s: %d bytes of %d, %v", link[1], len(content), len(plan), err)
		}
	}
	t.Logf("%d saves were acknowledged; %d of %d files are whole", saved, len(whole), kills)
	if len(whole) == 0 {
		t.Error("no file came whole: nothing was tried")
	}

	fields := url.Values{"type": {"therapy"}, "program": {"CH-EPS"}, "kind": {"prior"}, "urgency": {"standard"}, "requesting": {"1234567893"}, "servicing": {"1234567893"},
		"diagnosis_1": {"F82"}, "code_1": {"97110"}, "units_1": {"8"}, "from_1": {"2026-12-01"}, "to_1": {"2027-01-31"}}
	for wait := 0; ; wait += 3 { // submitted, and killed before anybody hears of it
		fields.Set("version", version())
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			if resp, err := v.http.PostForm(p.base+path+"/submit", fields); err == nil {
				resp.Body.Close()
			}
		}()
		if wait <= 40 {
			time.Sleep(time.Duration(wait) * time.Millisecond) // no moment is observed: the kills sweep over the time in which the request is saved
		} else {
			atOnce(t, "it is submitted", func() bool {
				return count(`SELECT COUNT(*) FROM service_request WHERE id = $1 AND status = 'submitted'`, strings.TrimPrefix(path, "/cases/")) == 1
			})
		}
		p.kill()
		<-sent
		p = startDemo(t, data, listen)
		if v.get(p.base + path); version() == "" || wait > 40 {
			break
		}
	}
	if !strings.Contains(v.page, "97110 × 8") {
		t.Errorf("not submitted: %s", v.page)
	}
	p.kill()
	db, err := sql.Open("sqlite", filepath.Join(data, "portal.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for what, query := range map[string]string{
		"submitted twice":      `SELECT COUNT(*) FROM (SELECT request_id FROM status_change WHERE status = 'submitted' GROUP BY request_id HAVING COUNT(*) > 1)`,
		"submitted, no number": `SELECT COUNT(*) FROM service_request WHERE status = 'submitted' AND number IS NULL`,
		"figures are not the rows'": `SELECT COUNT(*) FROM (SELECT organization_id, contract_id, status, case_type, COUNT(*) AS n FROM service_request GROUP BY 1, 2, 3, 4) r
			FULL JOIN (SELECT * FROM case_count WHERE n <> 0) c ON c.organization_id = r.organization_id AND c.contract_id = r.contract_id AND c.status = r.status AND c.case_type = r.case_type WHERE COALESCE(c.n, 0) <> COALESCE(r.n, 0)`,
		"parts of no file": `SELECT COUNT(*) FROM attachment_part p LEFT JOIN attachment a ON a.id = p.attachment_id WHERE a.id IS NULL`,
	} {
		var n int
		if err := db.QueryRow(query).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
}
