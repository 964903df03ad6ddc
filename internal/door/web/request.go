package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"

	"sallyport/internal/door/account"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/journey"
	"sallyport/internal/door/session"
	"sallyport/internal/secret"
	"sallyport/internal/ui"
	"sallyport/internal/words"
)

// request is a request with what every handler asks of it.
type request struct {
	*http.Request
	server  *Server
	lang    *words.Language
	client  journey.Client
	session *session.Session // after loadSession
	person  *account.Account
	report  delivery.CallReport // behind the guard carrier
	receipt delivery.Receipt    // behind the guard textCarrier
	call    delivery.CallUpdate // behind the guard callCarrier
}

func (s *Server) newRequest(w http.ResponseWriter, raw *http.Request) *request {
	r := &request{Request: raw, server: s}
	chosen := raw.URL.Query().Get("lang")
	if s.Words.In(chosen) != nil && raw.Method == http.MethodGet {
		s.setCookie(w, languageCookie, chosen, languageFor)
	} else {
		chosen = s.readCookie(raw, languageCookie)
	}
	r.lang = s.Words.Match(chosen, raw.Header.Get("Accept-Language"))
	address := s.clientAddress(raw)
	r.client = journey.Client{Browser: s.readCookie(raw, browserCookie), HasSession: s.readCookie(raw, sessionCookie) != "", Known: s.readKnown(raw), Lang: r.lang, Agent: session.AgentFamily(raw.UserAgent()),
		Address: address.String(), Network: network(address)}
	return r
}

// needBrowser gives the browser its cookie where it has none yet.
func (r *request) needBrowser(w http.ResponseWriter) {
	if r.client.Browser == "" {
		r.client.Browser = secret.Token()
		r.server.setCookie(w, browserCookie, r.client.Browser, 0)
	}
}

// loadSession fills session and person where the browser has a live session.
func (r *request) loadSession() (err error) {
	r.session, r.person, err = r.server.Sessions.Of(r.Context(), r.client, r.server.readCookie(r.Request, sessionCookie))
	return err
}

// body reads at most this many bytes.
func (r *request) body(most int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	if err == nil && int64(len(body)) > most {
		err = errTooLarge
	}
	return body, err
}

// readForm parses what was posted; what can't be is the sender's mistake.
func (r *request) readForm() error {
	err := r.ParseForm()
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); err == nil || tooLarge {
		return err
	}
	return fmt.Errorf("%w: %w", ui.ErrMalformed, err)
}

var errTooLarge = errors.New("request body too large")

// clientAddress is the peer's, or what trusted proxies say of it: the rightmost
// X-Forwarded-For entry that is not one of them (ASVS 4.1.3, 15.3.4).
func (s *Server) clientAddress(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.IPv4Unspecified()
	}
	address := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusted(address); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		address = hop.Unmap()
	}
	return address
}

func (s *Server) trusted(a netip.Addr) bool {
	for _, proxy := range s.TrustedProxies {
		if proxy.Contains(a) {
			return true
		}
	}
	return false
}

// network is what limits count: an IPv4 address, or an IPv6 /64 (rule 7).
func network(a netip.Addr) string {
	if a.Is4() {
		return a.String()
	}
	prefix, err := a.WithZone("").Prefix(64)
	if err != nil {
		return a.String()
	}
	return prefix.String()
}

// base is what every page shows around itself. The other languages' links lead
// to path, the page's own address where that can be asked for again.
func (r *request) base(title, path string) ui.Base {
	s := r.server
	b := ui.Base{Lang: r.lang.Tag, Title: r.lang.Say(title), Brand: s.Brand, SignedIn: r.session != nil}
	for _, l := range s.Words.All() {
		if l != r.lang {
			b.Switch = append(b.Switch, ui.LangLink{Lang: l.Tag, Name: l.Name, URL: withQuery(path, "lang", l.Tag)})
		}
	}
	return b
}

func withQuery(path, name, value string) string {
	if strings.Contains(path, "?") {
		return path + "&" + name + "=" + value
	}
	return path + "?" + name + "=" + value
}

// seeOther answers a POST, always with 303 (RFC9700-14).
func seeOther(w http.ResponseWriter, path string) {
	w.Header().Set("Location", path)
	w.WriteHeader(http.StatusSeeOther)
}
