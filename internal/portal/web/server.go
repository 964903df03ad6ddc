package web

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"sallyport/internal/portal"
	"sallyport/internal/portal/store"
	"sallyport/internal/rp"
	"sallyport/internal/sqldb"
	"sallyport/internal/ui"
)

// Templates are the portal's pages, one file each, and their frame.
//
//go:embed *.html
var Templates embed.FS

//go:embed bare/*.html
var bare embed.FS

// Bare are its pages for who is not signed in: they have no frame.
var Bare = func() fs.FS {
	sub, err := fs.Sub(bare, "bare")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}()

// Server serves the portal. Fill the exported fields, then call Mount.
type Server struct {
	Store     *store.Store
	RP        *rp.Client
	Users     portal.UserAdmin
	Codes     portal.CodeAdmin
	HelpDesk  portal.HelpDesk
	Audit     portal.Auditor
	UI        *ui.Renderer
	PublicURL string // without a slash at the end
	Lives     portal.Lives
	Zone      *time.Location // whose days a decision's days are
	Notifier  portal.Notifier
	Secure    bool // https: cookies are Secure and __Host-
	Clock     func() time.Time
	Log       *slog.Logger
	Wrap      func(ui.Handler) http.Handler
	Seen      *sqldb.LastSeen
	looks     *looks
}

// New fills in what follows from the rest.
func New(s Server) *Server {
	s.looks = &looks{}
	s.Seen = &sqldb.LastSeen{Log: s.Log, Write: func(ctx context.Context, seen map[string]int64) error {
		return s.Store.Write(ctx, func(tx *sqldb.Tx) error { return s.Store.TouchSessions(tx, seen) })
	}}
	return &s
}
