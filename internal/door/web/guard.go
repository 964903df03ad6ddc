package web

import (
	"net/http"
	"strings"
	"time"

	"sallyport/internal/door/delivery"
)

// handler serves one request. The error becomes a page (fail.go).
type handler func(w http.ResponseWriter, r *request) error

// guard decides who may reach a handler.
type guard func(s *Server, h handler) http.Handler

// anyHost lets everybody in under any host name: probes and style sheets.
func anyHost(s *Server, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, raw *http.Request) { s.serve(w, raw, h) })
}

// anyone lets everybody in, under the public host alone (T-15).
func anyone(s *Server, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, raw *http.Request) {
		if !s.rightHost(w, raw) {
			return
		}
		s.serve(w, raw, h)
	})
}

// fromAnywhere is anyone, and lets other sites post: relying parties may, and what
// they post is brought back to ourselves before it is looked at (OIDC-6).
func fromAnywhere(s *Server, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, raw *http.Request) {
		if s.rightHost(w, raw) {
			s.serveFrom(w, raw, h, false)
		}
	})
}

// backChannel lets programs in, which show themselves who they are. No cookie
// counts there, so it does not matter which site a request is from.
func backChannel(s *Server, h handler) http.Handler { return fromAnywhere(s, h) }

// signedIn lets people with a live door session in; others go to the login options.
func signedIn(s *Server, h handler) http.Handler {
	return anyone(s, func(w http.ResponseWriter, r *request) error {
		if err := r.loadSession(); err != nil {
			return err
		}
		if r.session == nil {
			seeOther(w, "/")
			return nil
		}
		return h(w, r)
	})
}

// carrier lets the operator's voice webhook in: requests signed with its secret,
// not long ago (T-32).
func carrier(s *Server, h handler) http.Handler {
	return fromCarrier(s, h, func(r *request) (reads func([]byte) error) {
		if s.VoiceSecret.Empty() {
			return nil
		}
		return func(body []byte) (err error) {
			r.report, err = delivery.ReadCallReport(s.VoiceSecret, r.Header.Get(delivery.SignatureHeader), body, s.Clock())
			return err
		}
	})
}

// textCarrier lets the carriers of texts in: requests that are signed as that carrier
// signs (T-32).
func textCarrier(s *Server, h handler) http.Handler {
	return fromCarrier(s, h, func(r *request) (reads func([]byte) error) {
		reader := s.Receipts(r.PathValue("carrier"))
		if reader == nil {
			return nil
		}
		return func(body []byte) (err error) {
			r.receipt, err = reader.ReadReceipt(r.Request, body, s.Clock())
			return err
		}
	})
}

// callCarrier lets the carriers of calls in that are led by requests to us: those that
// are signed as that carrier signs (T-32).
func callCarrier(s *Server, h handler) http.Handler {
	return fromCarrier(s, h, func(r *request) (reads func([]byte) error) {
		reader := s.Calls(r.PathValue("carrier"))
		if reader == nil {
			return nil
		}
		return func(body []byte) (err error) {
			r.call, err = reader.ReadCall(r.Request, r.PathValue("part"), body)
			return err
		}
	})
}

// fromCarrier lets requests in that the carrier of their address signed. Of finds who
// reads them; nil: there is no such carrier.
func fromCarrier(s *Server, h handler, of func(r *request) (reads func(body []byte) error)) http.Handler {
	return anyone(s, func(w http.ResponseWriter, r *request) error {
		reads := of(r)
		if reads == nil {
			return errMissing
		}
		body, err := r.body(delivery.MostReport)
		if err != nil {
			return err
		}
		if err := reads(body); err != nil {
			s.Log.Warn("carrier's request refused", "error", err, "route", r.Pattern, "carrier", r.PathValue("carrier"), "address", r.client.Address)
			http.Error(w, "refused", http.StatusForbidden)
			return nil
		}
		return h(w, r)
	})
}

// rightHost answers requests for other hosts: no page and no link is ever made
// from a Host header. The loopback address is sent to the public one where that
// is localhost.
func (s *Server) rightHost(w http.ResponseWriter, r *http.Request) bool {
	if strings.EqualFold(r.Host, s.public.Host) {
		return true
	}
	if (r.Method == http.MethodGet || r.Method == http.MethodHead) && s.public.Hostname() == "localhost" && strings.HasPrefix(r.Host, "127.0.0.1:") {
		http.Redirect(w, r, s.public.String()+r.URL.RequestURI(), http.StatusFound)
		return false
	}
	s.headers(w)
	http.Error(w, "This server does not answer under that name.", http.StatusMisdirectedRequest)
	return false
}

// serve wraps one request: headers, the cross-origin check, the error page, and
// what the metrics see.
func (s *Server) serve(w http.ResponseWriter, raw *http.Request, h handler) {
	s.serveFrom(w, raw, h, !strings.Contains(raw.Pattern, " /hooks/"))
}

func (s *Server) serveFrom(w http.ResponseWriter, raw *http.Request, h handler, ownSite bool) {
	began := time.Now()
	s.headers(w)
	out := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	r := s.newRequest(out, raw)
	if err := s.origin.Check(raw); err != nil && ownSite {
		s.Log.Warn("cross-origin request refused", "route", raw.Pattern, "address", r.client.Address) // ASVS 16.3.3
		s.refused(out, r)
	} else if err := s.safely(out, r, h); err != nil {
		s.fail(out, r, err)
	}
	s.Observe(raw.Pattern, out.status, time.Since(began))
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
