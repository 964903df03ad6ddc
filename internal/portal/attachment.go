package portal

import (
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/gabriel-vasile/mimetype"
)

// Attachment is a file that belongs to a case, or to a message.
type Attachment struct {
	ID      string
	Holder  string // id of the case or message
	Name    string // as it was called where it came from, without folders
	Type    string // media type, by its content
	Size    int64  // bytes
	SHA256  []byte
	AddedAt time.Time
	AddedBy string // name
}

const (
	MostAttachments    = 20       // of a case, or a message
	MostAttached       = 5        // with one form
	MostAttachmentSize = 10 << 20 // bytes
	mostFileName       = 120      // characters
)

// attachable are the types that can be attached, with the endings that their files may
// have (ASVS 5.2.2). Nothing that runs or that a browser would show as a page is among them.
var attachable = map[string][]string{
	"application/pdf": {".pdf"},
	"image/jpeg":      {".jpg", ".jpeg"},
	"image/png":       {".png"},
	"image/tiff":      {".tif", ".tiff"},
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document": {".docx"},
}

// Attachable are the endings of files that can be attached, for a form.
func Attachable() string {
	var all []string
	for _, endings := range attachable {
		all = append(all, endings...)
	}
	slices.Sort(all)
	return strings.Join(all, ",")
}

// ReadAttachment takes a file by its name and by how it begins; 64 KiB tell every type.
// The error is *Mistake.
func ReadAttachment(name string, head []byte) (a Attachment, err error) {
	wrong := func(key string) (Attachment, error) {
		return a, &Mistake{Field: "files", Key: key, Args: []any{"Name", a.Name}}
	}
	if a.Name = fileName(name); len(head) == 0 {
		return wrong("attachment.empty")
	}
	found := mimetype.Detect(head)
	for kind, endings := range attachable {
		if !found.Is(kind) {
			continue
		}
		if !slices.Contains(endings, strings.ToLower(path.Ext(a.Name))) {
			return wrong("attachment.ending")
		}
		a.Type = kind
		return a, nil
	}
	return wrong("attachment.type")
}

// fileName is a name without folders and without what can't be seen.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, name)
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	if runes := []rune(strings.TrimSpace(name)); len(runes) > mostFileName {
		ending := []rune(path.Ext(name))
		ending = ending[:min(len(ending), 6)]
		name = string(runes[:mostFileName-len(ending)]) + string(ending)
	}
	return strings.TrimSpace(name)
}
