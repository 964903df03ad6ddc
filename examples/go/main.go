// Command go is a small application that signs its people in with Sallyport: code
// flow with PKCE, and logout through the back channel. It keeps sessions in
// memory; yours will have a store.
//
//	ISSUER=http://localhost:8080 CLIENT_ID=… CLIENT_SECRET=… go run ./examples/go
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"html"
	"log"
	"net/http"
	"net/url"
	"os"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

type session struct{ sub, sid, name, idToken string }

type app struct {
	base     string
	provider *oidc.Provider
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
	mu       sync.Mutex
	sessions map[string]session
}

func main() {
	listen := os.Getenv("LISTEN")
	if listen == "" {
		listen = "127.0.0.1:8300"
	}
	provider, err := oidc.NewProvider(context.Background(), os.Getenv("ISSUER"))
	if err != nil {
		log.Fatal(err)
	}
	a := &app{base: "http://" + listen, provider: provider, sessions: map[string]session{}}
	a.oauth = oauth2.Config{ClientID: os.Getenv("CLIENT_ID"), ClientSecret: os.Getenv("CLIENT_SECRET"), Endpoint: provider.Endpoint(),
		RedirectURL: a.base + "/callback", Scopes: []string{oidc.ScopeOpenID, "profile", "email"}}
	a.verifier = provider.Verifier(&oidc.Config{ClientID: a.oauth.ClientID})
	http.HandleFunc("GET /{$}", a.home)
	http.HandleFunc("GET /login", a.login)
	http.HandleFunc("GET /callback", a.callback)
	http.HandleFunc("POST /logout", a.logout)
	http.HandleFunc("POST /backchannel-logout", a.backChannelLogout)
	log.Print("listening on ", a.base)
	log.Fatal(http.ListenAndServe(listen, nil))
}

func (a *app) home(w http.ResponseWriter, r *http.Request) {
	s, ok := a.session(r)
	if !ok {
		fmt.Fprint(w, `<!doctype html><title>Example</title><p>Nobody is signed in.</p><a href="/login">Sign in with Sallyport</a>`)
		return
	}
	fmt.Fprintf(w, `<!doctype html><title>Example</title><p>Hello %s</p><form method="post" action="/logout"><button>Leave</button></form>`, html.EscapeString(s.name))
}

// login keeps state, nonce and verifier in a cookie of this browser's.
func (a *app) login(w http.ResponseWriter, r *http.Request) {
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	setCookie(w, "way", url.Values{"state": {state}, "nonce": {nonce}, "verifier": {verifier}}.Encode())
	http.Redirect(w, r, a.oauth.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), http.StatusSeeOther)
}

func (a *app) callback(w http.ResponseWriter, r *http.Request) {
	way, err := url.ParseQuery(cookie(r, "way"))
	q := r.URL.Query()
	if err != nil || way.Get("state") == "" || q.Get("state") != way.Get("state") || q.Get("iss") != os.Getenv("ISSUER") {
		http.Error(w, "not what this browser asked for", http.StatusBadRequest)
		return
	}
	tokens, err := a.oauth.Exchange(r.Context(), q.Get("code"), oauth2.VerifierOption(way.Get("verifier")))
	if err != nil {
		http.Error(w, "the code was refused", http.StatusBadRequest)
		return
	}
	raw, _ := tokens.Extra("id_token").(string)
	id, err := a.verifier.Verify(r.Context(), raw)
	if err != nil || id.Nonce != way.Get("nonce") {
		http.Error(w, "the ID token was refused", http.StatusBadRequest)
		return
	}
	var claims struct{ SID string }
	about, err := a.provider.UserInfo(r.Context(), oauth2.StaticTokenSource(tokens))
	if err != nil || about.Subject != id.Subject || id.Claims(&claims) != nil {
		http.Error(w, "userinfo was refused", http.StatusBadRequest)
		return
	}
	var person struct{ Name string }
	if err := about.Claims(&person); err != nil {
		http.Error(w, "userinfo was refused", http.StatusBadRequest)
		return
	}
	key := rand.Text() // the application's own session: tokens stay on the server
	a.mu.Lock()
	a.sessions[key] = session{id.Subject, claims.SID, person.Name, raw}
	a.mu.Unlock()
	setCookie(w, "session", key)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// logout ends the session here, then at the provider.
func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	s, _ := a.session(r)
	a.end(func(o session) bool { return o == s })
	var endpoints struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := a.provider.Claims(&endpoints); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, endpoints.EndSession+"?"+url.Values{"id_token_hint": {s.idToken}, "post_logout_redirect_uri": {a.base + "/"}}.Encode(), http.StatusSeeOther)
}

// backChannelLogout is told by the provider that a session ended elsewhere.
func (a *app) backChannelLogout(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	token, err := a.verifier.VerifyLogout(r.Context(), r.PostFormValue("logout_token"))
	if err != nil {
		http.Error(w, `{"error":"invalid_request"}`, http.StatusBadRequest)
		return
	}
	a.end(func(s session) bool {
		return s.sub == token.Subject && (token.SessionID == "" || s.sid == token.SessionID)
	})
}

func (a *app) session(r *http.Request) (session, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, ok := a.sessions[cookie(r, "session")]
	return s, ok
}

func (a *app) end(which func(session) bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, s := range a.sessions {
		if which(s) {
			delete(a.sessions, key)
		}
	}
}

func setCookie(w http.ResponseWriter, name, value string) { // over https: Secure, and a name that begins with __Host-
	http.SetCookie(w, &http.Cookie{Name: "example_" + name, Value: url.QueryEscape(value), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie("example_" + name)
	if err != nil {
		return ""
	}
	value, _ := url.QueryUnescape(c.Value)
	return value
}
