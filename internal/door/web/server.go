package web

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"sallyport/internal/door/delivery"
	"sallyport/internal/door/journey"
	"sallyport/internal/door/op"
	"sallyport/internal/secret"
	"sallyport/internal/ui"
	"sallyport/internal/words"
)

// Templates are the door's pages, one file each.
//
//go:embed *.html
var Templates embed.FS

// Server serves the door. Fill the exported fields, then call Handler.
type Server struct {
	Engine         *journey.Engine
	Sessions       *journey.Sessions
	OP             *op.Provider
	Staff          *Staff           // nil: LOGIN is not switched on
	Portal         string           // client id of our own portal, of which no page need speak
	Large          map[string]int64 // beginnings of addresses whose forms are large, and how large in bytes
	Words          *words.Catalog
	UI             *ui.Renderer
	Assets         *ui.Assets
	Brand          ui.Brand
	PublicURL      string
	TrustedProxies []netip.Prefix
	RememberMe     bool
	VoiceSecret    secret.Text
	Receipts       func(carrier string) delivery.ReceiptReader // nil: such a carrier of texts is not there, or sends none
	Calls          func(carrier string) delivery.CallReader    // nil: such a carrier of calls is not there, or is led otherwise
	Receive        func(context.Context, delivery.Receipt) error
	Ready          func(ctx context.Context) error
	Assurance      Assurance
	Clock          func() time.Time
	Observe        func(route string, status int, took time.Duration)
	Log            *slog.Logger

	public *url.URL
	secure bool // https: cookies are Secure and __Host-
	origin *http.CrossOriginProtection
}

// Handler returns the door's site map as one handler. More adds routes of
// others, such as the demo's desk.
func (s *Server) Handler(more func(mux *http.ServeMux)) (http.Handler, error) {
	public, err := url.Parse(s.PublicURL)
	if err != nil {
		return nil, err
	}
	public.Path = ""
	s.public, s.secure = public, public.Scheme == "https"
	s.origin = http.NewCrossOriginProtection()
	if err := s.origin.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
		return nil, err
	}
	if s.Observe == nil {
		s.Observe = func(string, int, time.Duration) {}
	}
	mux := http.NewServeMux()
	s.mount(mux)
	if more != nil {
		more(mux)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		most := int64(mostBody)
		for prefix, large := range s.Large {
			if strings.HasPrefix(r.URL.Path, prefix) {
				most = large
			}
		}
		http.MaxBytesHandler(mux, most).ServeHTTP(w, r)
	}), nil
}

// mostBody is the largest form that is read, in bytes, where none larger is named.
const mostBody = 64 << 10
