package app_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
)

// upload is a file that was chosen.
type upload struct {
	name    string
	content []byte
}

// parts is a form with files, which stand behind the fields.
func (b *tab) parts(target string, values url.Values) *http.Request {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, list := range values {
		for _, value := range list {
			form.WriteField(name, value)
		}
	}
	for _, f := range b.files {
		part, _ := form.CreateFormFile("files", f.name)
		part.Write(f.content)
	}
	form.Close()
	req, _ := http.NewRequest(http.MethodPost, target, &body)
	req.Header.Set("Content-Type", form.FormDataContentType())
	return req
}

// attach picks a file in the form's file field.
func (b *tab) attach(name string, content []byte) {
	b.files = append(b.files, upload{name, content})
}
