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
	data := t.TempDir()
	p := startDemo(t, data, "127.0.0.1:0")
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
	saved := 0 // what was acknowledged last
	const kills = 8
	for n := range kills {
		v.get(p.base + path)
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
				saved, at = i, resp.Header.Get("X-Version")
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
		time.Sleep(time.Duration(20+45*n) * time.Millisecond)
		p.kill()
		close(stop)
		<-done
		<-attached
		p = startDemo(t, data, listen)
		v.get(p.base + path)
		if got, _ := strconv.Atoi(strings.TrimSpace(notesField.FindStringSubmatch(v.page)[1])); saved > 0 && got < saved {
			t.Errorf("kill %d: %d was acknowledged, %d is there", n, saved, got)
		} else {
			saved = got // one may have been written whose answer did not come
		}
	}
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
		time.Sleep(time.Duration(wait) * time.Millisecond)
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
