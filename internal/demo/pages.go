package demo

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"sallyport/internal/door/account"
	"sallyport/internal/ui"
	"sallyport/internal/words"
)

// Pages are /demo and the desk. Wrap gives each handler the door's headers and
// error page.
type Pages struct {
	Desk *Desk
	UI   *ui.Renderer
	Wrap func(h ui.Handler) http.Handler
}

// Mount adds the demo's addresses.
func (p *Pages) Mount(mux *http.ServeMux) {
	plain := func(h func(http.ResponseWriter, *http.Request) error) http.Handler {
		return p.Wrap(func(w http.ResponseWriter, r *http.Request, _ ui.Around) error { return h(w, r) })
	}
	simple := func(do func(context.Context, string) (bool, error)) http.Handler {
		return plain(p.onCall(func(ctx context.Context, id string, _ *http.Request) (bool, error) { return do(ctx, id) }))
	}
	mux.Handle("GET /demo", p.Wrap(p.demo))
	mux.Handle("GET /demo/messages", p.Wrap(p.desk))
	mux.Handle("GET /demo/messages/state", plain(p.state))
	mux.Handle("GET /demo/messages.json", plain(p.messagesJSON))
	mux.Handle("POST /demo/messages/{id}/keys", plain(p.keys()))
	mux.Handle("POST /demo/messages/{id}/fate", plain(p.fate()))
	mux.Handle("POST /demo/messages/{id}/answer", simple(p.Desk.Answer))
	mux.Handle("POST /demo/messages/{id}/hangup", simple(p.Desk.HangUp))
	mux.Handle("POST /demo/messages/{id}/busy", simple(p.Desk.Busy))
}

// DemoPage lists the sample people.
type DemoPage struct {
	ui.Base
	Registered, Imported  []Person
	Password, OldPassword string
	StaffName, StaffEmail string
	Organizations         []Organization
}

// Person is a row of the demo page.
type Person struct{ Name, Role, SignsInWith, Second, Organization string }

// Organization is a row of the demo page.
type Organization struct{ Name, NPI, Code string }

func (DemoPage) Template() string { return "page_demo" }

func (p *Pages) demo(w http.ResponseWriter, r *http.Request, around ui.Around) error {
	page := DemoPage{Base: around.Base("demo.title", "/demo"), Password: Password, OldPassword: OldPassword, StaffName: StaffName, StaffEmail: StaffEmail}
	page.Wide = true
	for _, a := range People {
		row := Person{Name: a.Name(), SignsInWith: a.Email, Organization: a.Organization}
		if a.Role == account.Admin {
			row.Role = around.Lang.Say("demo.role.admin")
		}
		if a.State == account.Imported {
			row.SignsInWith, row.Second = a.Username, a.Email
			page.Imported = append(page.Imported, row)
			continue
		}
		row.Second = around.Lang.Say("demo.second.email")
		if a.Phone != "" {
			row.Second = around.Lang.Say("demo.second.phone", "Number", spaced(a.Phone))
		}
		page.Registered = append(page.Registered, row)
	}
	for _, o := range Organizations {
		page.Organizations = append(page.Organizations, Organization{o.Name, o.NPI, o.Code})
	}
	return p.UI.Page(w, http.StatusOK, around.Lang.Tag, page)
}

// spaced writes +1 202-555-0185; anything else as it is.
func spaced(to string) string {
	if len(to) == 12 && strings.HasPrefix(to, "+1") {
		return fmt.Sprintf("+1 %s-%s-%s", to[2:5], to[5:8], to[8:])
	}
	return to
}

// DeskPage is the message desk: what arrived, one message, and the telephone.
type DeskPage struct {
	ui.Base
	Messages []Row
	Open     *Row
	Call     *Call
	State    string
}

// Row is one message in the list.
type Row struct {
	ID, Icon, Kind, To, Subject, Heading, Text, Code, Status, At string
	Links                                                        []string
	Current                                                      bool
	Reports                                                      bool // what became of it can be said
}

// Call is the telephone.
type Call struct {
	ID, To, Status    string
	Ringing, Answered bool
	Said              []string // the prompt's sentences, as far as they have been spoken
	Held              bool
	Keys              []string
}

// Key is one of the twelve.
type Key struct{ Key, Label string }

func (DeskPage) Template() string { return "page_desk" }

func (p *Pages) desk(w http.ResponseWriter, r *http.Request, around ui.Around) error {
	list, err := p.Desk.messages(r.Context(), `1 = 1`)
	if err != nil {
		return err
	}
	page := DeskPage{Base: around.Base("desk.title", "/demo/messages"), State: "/demo/messages/state?seen=" + p.mark(list)}
	page.Wide, page.Refresh = true, 4
	for i, m := range list {
		row := p.row(around.Lang, m)
		row.Current = m.ID == r.URL.Query().Get("m") || (i == 0 && !r.URL.Query().Has("m"))
		page.Messages = append(page.Messages, row)
		if row.Current {
			page.Open = &page.Messages[i]
		}
		if m.Channel == "voice" && (page.Call == nil || (m.active() && !page.Call.Ringing && !page.Call.Answered)) {
			page.Call = p.call(around.Lang, m)
		}
	}
	return p.UI.Page(w, http.StatusOK, around.Lang.Tag, page)
}

func (p *Pages) row(lang *words.Language, m *Message) Row {
	icons := map[string]string{"email": "mail", "sms": "message-square", "voice": "phone-call"}
	kind := lang.Say("desk.kind." + m.Channel)
	subject, heading := m.Subject, m.Subject
	if subject == "" { // a text has none
		subject, _, _ = strings.Cut(m.Text, "\n")
		heading = kind
	}
	return Row{ID: m.ID, Icon: icons[m.Channel], Kind: kind, To: spaced(m.To), Subject: subject, Heading: heading, Text: m.Text,
		Code: m.Code, Links: m.Links, Status: lang.Say("desk.status." + m.Status), At: m.At.Format("15:04:05"), Reports: m.Channel != "voice"}
}

func (p *Pages) call(lang *words.Language, m *Message) *Call {
	c := &Call{ID: m.ID, To: spaced(m.To), Status: lang.Say("desk.status." + m.Status), Ringing: m.Status == "ringing",
		Answered: m.Status == "answered", Held: m.held != ""}
	if c.Answered {
		c.Said = strings.Split(m.Text, "\n")
		if m.promptEndedAt.IsZero() {
			c.Said = c.Said[:1]
		}
	}
	for _, key := range "123456789*0#" {
		c.Keys = append(c.Keys, string(key))
	}
	return c
}

// mark changes when anything on the desk does.
func (p *Pages) mark(list []*Message) string {
	if len(list) == 0 {
		return "0"
	}
	var calls strings.Builder
	for _, m := range list {
		if m.Channel == "voice" {
			fmt.Fprintf(&calls, ".%s%v%d", m.Status[:1], m.promptEndedAt.IsZero(), len(m.held))
		}
	}
	return list[0].ID + calls.String()
}

func (p *Pages) state(w http.ResponseWriter, r *http.Request) error {
	list, err := p.Desk.messages(r.Context(), `1 = 1`)
	if err == nil && p.mark(list) == r.URL.Query().Get("seen") {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}
