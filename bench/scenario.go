package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"sallyport/bench/drive"
)

// scenario is what one client does over and over.
type scenario struct {
	name   string
	hashed bool // checks passwords: measured again with a trivial hash
	ready  func(*worker) error
	once   func(*worker) error
}

// scenarios, in the order of the report.
var scenarios = []scenario{
	{"sign-in-phone", true, nil, func(w *worker) error { return w.journey("sign-in-phone") }},
	{"sign-in-email", true, nil, func(w *worker) error { return w.journey("sign-in-email") }},
	{"sign-in-phone-home", true, nil, (*worker).home},
	{"first-registration", true, nil, (*worker).register},
	{"session-check", false, (*worker).home, (*worker).checkSession},
	{"authorization-code", false, (*worker).signIn, (*worker).authorizationCode},
	{"token", false, (*worker).firstTokens, (*worker).refresh},
}

func scenarioNames() string {
	var names []string
	for _, s := range scenarios {
		names = append(names, s.name)
	}
	return strings.Join(append(names, "overload", "waiting", "delivery", "calls", "importing", "population", "administration", "portal"), ", ")
}

// worker is one client of many.
type worker struct {
	place      *place
	server     *server
	inbox      *drive.Inbox
	number     int // of the client
	rounds     int
	oneAddress bool
	person     *drive.Person
	refresher  string // refresh token
}

// next is the client's next person: no two clients have one at the same time.
func (w *worker) next() *drive.Person {
	n := (w.number + 64*w.rounds) % (w.place.people / 64 * 64)
	w.rounds++
	return w.as(n)
}

// as makes person number n the one who sits at this client's browser.
func (w *worker) as(n int) *drive.Person {
	p := w.place.person(n, w.server, w.inbox)
	if w.person != nil { // the connection is the proxy's
		old := w.person.Visitor
		old.Address, old.Cookies = p.Visitor.Address, nil
		p.Visitor = old
	}
	p.Visitor.Stop = "/portal/"
	if w.oneAddress {
		p.Visitor.Address = "203.0.113.7"
	}
	w.person = p
	return p
}

func (w *worker) journey(name string) error { return w.next().Until(name) }

// home signs in and goes on to the portal's HOME, by way of the provider.
func (w *worker) home() error {
	p := w.next()
	p.Visitor.Stop = ""
	if err := p.Until("sign-in-phone"); err != nil {
		return err
	}
	if p.Visitor.Path != "/home" || p.Visitor.Status != 200 {
		return &drive.Refused{Status: p.Visitor.Status, Path: p.Visitor.Path}
	}
	return nil
}

// register is the first registration of somebody new, by phone.
func (w *worker) register() error {
	n := int(w.place.used.Add(1))
	if n > imported {
		return fmt.Errorf("all %d people of the old portal are registered", imported)
	}
	p := w.as(w.place.people + n - 1)
	p.Password = "violet tractor umbrella"
	return p.Until("first-registration")
}

func (w *worker) signIn() error { return w.next().Until("sign-in-phone") }

// checkSession asks how long the portal's session lives on: what guards every page,
// and no page.
func (w *worker) checkSession() error {
	v := w.person.Visitor
	if err := v.Ask("GET", "/portal/session", nil); err != nil {
		return err
	}
	if v.Status != 200 || v.Page == "{\"left\":0}\n" {
		return &drive.Refused{Status: v.Status, Path: v.Path}
	}
	return nil
}

var basic = "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(clientID+":"+clientSecret))

// authorizationCode is a relying party's sign-in of somebody who is signed in: the
// code by the browser, the tokens by the back channel (RFC 6749 section 4.1, RFC 7636).
func (w *worker) authorizationCode() error {
	v := w.person.Visitor
	verifier := fmt.Sprintf("%043d", w.rounds)
	w.rounds++
	sum := sha256.Sum256([]byte(verifier))
	ask := url.Values{"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {redirectURI}, "scope": {"openid profile email"}, "state": {"s"}, "nonce": {"n"},
		"code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}}
	if err := v.Ask("GET", "/oauth2/authorize?"+ask.Encode(), nil); err != nil {
		return err
	}
	to, err := url.Parse(v.Header["location"])
	if err != nil || to.Query().Get("code") == "" {
		return &drive.Refused{Status: v.Status, Path: v.Path}
	}
	return w.token(url.Values{"grant_type": {"authorization_code"}, "code": {to.Query().Get("code")}, "redirect_uri": {redirectURI}, "code_verifier": {verifier}})
}

func (w *worker) token(form url.Values) error {
	v := w.person.Visitor
	if err := v.Ask("POST", "/oauth2/token", form, basic); err != nil {
		return err
	}
	var got struct {
		IDToken string `json:"id_token"`
		Refresh string `json:"refresh_token"`
	}
	if err := json.Unmarshal([]byte(v.Page), &got); err != nil || got.IDToken == "" {
		return &drive.Refused{Status: v.Status, Path: v.Path}
	}
	w.refresher = got.Refresh
	return nil
}

func (w *worker) firstTokens() error {
	if err := w.signIn(); err != nil {
		return err
	}
	return w.authorizationCode()
}

// refresh is one turn of a refresh token (RFC 6749 section 6), which rotates.
func (w *worker) refresh() error {
	return w.token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {w.refresher}})
}
