package delivery

import (
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"

	"sallyport/internal/secret"
)

// partsOf reads a mail as its reader would: headers, and text and HTML decoded.
func partsOf(t *testing.T, raw string) (head mail.Header, text, html string) {
	t.Helper()
	msg, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s, %v", kind, err)
	}
	for parts := multipart.NewReader(msg.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return msg.Header, text, html
		}
		if err != nil {
			t.Fatal(err)
		}
		var body io.Reader = part
		if part.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
			body = quotedprintable.NewReader(part)
		}
		all, _ := io.ReadAll(body)
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			html = string(all)
		} else {
			text = string(all)
		}
	}
}

func TestMailHasTextAndHTML(t *testing.T) {
	t.Parallel()
	composer := Composer{From: "Harbor Review <no-reply@harbor.example>", ReplyTo: "help@harbor.example", ReturnPath: "bounces@mail.harbor.example", Bounces: &BounceKey{Keys: secret.NewKeys()},
		Look: MailLook{Name: "Harbor <Review>", Color: "#114477", Footer: map[string]string{"es": "Enviado automáticamente."}}}
	link := "https://door.example/link/abc"
	m := Message{ID: secret.TimeID(t0), Kind: Link, Channel: "email", To: "ann@clinic.example", Lang: "es", Subject: "Código de verificación", Code: "482117", Links: []string{link},
		Text: "Su código <b>:\n\n    482117\n\nAbra:\n\n" + link + "\n\nUna línea.\nOtra.\n"}
	msg, err := composer.compose(m)
	if err != nil {
		t.Fatal(err)
	}
	var raw strings.Builder
	msg.WriteTo(&raw)
	head, text, html := partsOf(t, raw.String())
	if got, _ := new(mime.WordDecoder).DecodeHeader(head.Get("Subject")); got != m.Subject {
		t.Errorf("subject %q", got)
	}
	if strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) != strings.TrimSpace(m.Text) {
		t.Errorf("text %q", text)
	}
	for _, want := range []string{`lang="es"`, "Harbor &lt;Review&gt;", "Su código &lt;b&gt;:", "letter-spacing:6px\">482117</p>", `<a href="` + link + `"`, "Una línea.<br>Otra.", "#114477", "Enviado automáticamente."} {
		if !strings.Contains(html, want) {
			t.Errorf("no %q in %s", want, html)
		}
	}
	for _, never := range []string{"<img", "http-equiv", "<script", "src="} { // nothing is loaded, nobody is followed
		if strings.Contains(html, never) {
			t.Errorf("%q in the HTML", never)
		}
	}
	if head.Get("Reply-To") != "<help@harbor.example>" || head.Get("Auto-Submitted") != "auto-generated" || head.Get("Content-Language") != "es" {
		t.Errorf("headers %v", head)
	}
	from, err := msg.GetSender(false)
	if id, ok := composer.Bounces.Message(from); err != nil || !ok || id != m.ID {
		t.Errorf("return path %s, %v", from, err)
	}
	// Nothing personal in the headers but the address that it is for.
	for name, values := range head {
		for _, v := range values {
			if name != "To" && strings.Contains(v, "ann") || strings.Contains(v, "482117") {
				t.Errorf("%s: %s", name, v)
			}
		}
	}
}
