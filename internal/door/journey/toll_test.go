package journey

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

const textPrice = 7_900 // millionths

// withBudget gives the house a day's budget of so many texts, and counts what is sent.
func (h *house) withBudget(texts int64) *store.Purse {
	purse := &store.Purse{Store: h.Store, Log: slog.New(slog.DiscardHandler),
		Budget: store.Budget{Messages: map[string]int64{"sms": texts, "voice": texts, "email": 1000}, Money: texts * textPrice, Strangers: 30}}
	w := h.Sender.(*delivery.Worker)
	w.Purse, w.Observe, w.Clock = purse, h.Toll().Observe, h.clock
	w.Channels["sms"][0].Price = textPrice
	return purse
}

// from is a client of a browser at an address.
func (h *house) from(browser, address string) Client {
	c := h.client(browser)
	c.Address, c.Network = address, address
	return c
}

// halfWay adds somebody who has yet to prove a telephone.
func (h *house) halfWay(id, organization string) {
	h.t.Helper()
	err := h.Store.Write(h.t.Context(), func(tx *sqldb.Tx) error {
		return h.Store.InsertAccount(tx, account.Account{ID: id, OrganizationID: organization, Username: id, Email: id + "@x.example", Role: account.User, State: account.Half, Method: account.PhoneMethod,
			PasswordHash: "x", Epoch: 1})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// enrolling returns a journey of theirs that asks for a number.
func (h *house) enrolling(id string, c Client) Submission {
	h.t.Helper()
	s := Submission{ID: h.linkedID(&FinishRegistration, secret.Token(), c), Version: 1, Client: c}
	err := h.Store.Write(h.t.Context(), func(tx *sqldb.Tx) error {
		facts, err := json.Marshal(Facts{Link: LinkFacts{Account: id, At: tx.Now}, Password: PasswordFacts{Account: id, At: tx.Now, Unfinished: true}, Method: MethodFacts{account.PhoneMethod}})
		if err != nil {
			return err
		}
		row := &store.Journey{ID: s.ID, Kind: FinishRegistration.Name, Browser: h.browser(c), Facts: facts, Version: 1, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(time.Hour)}
		if _, err := h.Store.InsertJourney(tx, row); err != nil {
			return err
		}
		row.AccountID, row.Epoch = id, 1
		return h.Store.UpdateJourney(tx, row, 1)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// knowNetwork is a completed sign-in from there.
func (h *house) knowNetwork(address string) {
	h.t.Helper()
	err := h.Store.Write(h.t.Context(), func(tx *sqldb.Tx) error { return h.Store.KnowNetwork(tx, h.alarm.key(address)) })
	if err != nil {
		h.t.Fatal(err)
	}
}

// sent tells whether a code is on its way, and not why not.
func (h *house) sent(s Submission) bool {
	out, err := h.Submit(h.t.Context(), s)
	if err != nil {
		h.t.Error(err)
		return false
	}
	if out.Page != nil || out.Stale {
		return false
	}
	for limit := time.Now().Add(10 * time.Second); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) { // until the worker has written it
		p, err := h.Show(h.t.Context(), s.ID, "", s.Client)
		if err != nil {
			h.t.Error(err)
			return false
		}
		switch v := p.View.(type) {
		case PhoneCodeView:
			if v.Code.State != "sending" {
				return v.Code.State == "sent"
			}
		default:
			return false
		}
	}
	return false
}

func (h *house) addOrganization(id string) {
	h.t.Helper()
	err := h.Store.Write(h.t.Context(), func(tx *sqldb.Tx) error {
		return h.Store.InsertOrganization(tx, account.Organization{ID: id, Name: id, NPI: id, Active: true})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// T-11: what nobody finishes is limited per range of numbers, organization and
// neighborhood; what somebody finishes is given back.
func TestEnrolmentLimits(t *testing.T) {
	t.Parallel()
	eachHouse(t, func(h *house) {
		l := &h.Settings.Limits
		l.ResendWait, l.EnrolPerRange, l.EnrolPerOrganization, l.EnrolPerNeighborhood = 0, 5, 8, 11
		h.addOrganization("other")
		for n := range 40 {
			h.halfWay(fmt.Sprint("p", n), []string{"o", "other"}[n%2])
		}
		person := 0
		try := func(organization, number, address string) bool {
			person += 2
			id := fmt.Sprint("p", person)
			if organization == "other" {
				id = fmt.Sprint("p", person+1)
			}
			return h.sent(h.enrolling(id, h.from(id, address)).do("send_code", "country", "US", "phone", number))
		}
		for n := range 5 {
			if !try("o", fmt.Sprint("617867530", n), "192.0.2.1") {
				t.Fatalf("refused at once: %d", n)
			}
		}
		if try("o", "6178675309", "192.0.2.1") || try("other", "6178671234", "192.0.9.1") {
			t.Error("a sixth number of one range")
		}
		for n := range 3 {
			if !try("o", fmt.Sprint("212867530", n), "192.0.2.9") {
				t.Fatalf("another range: %d", n)
			}
		}
		if try("o", "3128675300", "192.0.3.1") {
			t.Error("a ninth of one organization")
		}
		for n := range 3 {
			if !try("other", fmt.Sprint("415867530", n), "192.0.2.77") {
				t.Fatalf("another organization: %d", n)
			}
		}
		if try("other", "4158675309", "192.0.2.200") {
			t.Error("a twelfth of one neighborhood")
		}
		if !try("other", "4158675309", "192.0.3.200") {
			t.Error("another neighborhood")
		}
	})
}

// A number that is in no allowed country any more gets no code, and says so.
func TestCountryThatIsNotAllowedAnyMore(t *testing.T) {
	t.Parallel()
	eachHouse(t, func(h *house) {
		s := h.ok(h.begin("login-with-phone", "b").signIn("right password"))
		h.Settings.Countries = []string{"CA"}
		out, err := h.Submit(t.Context(), s.do("send_code"))
		if err != nil || out.Page == nil || out.Page.Reject.Key != "error.phone_country_now" {
			t.Errorf("%+v, %v", out, err)
		}
		if account.Region("+18762345678") != "JM" || account.InCountry("+18762345678", []string{"US"}) || !account.InCountry("+17872345678", []string{"US"}) || account.Region("junk") != "" {
			t.Error("regions of +1")
		}
		if account.Range("+12025550185") != "+1202555" {
			t.Error(account.Range("+12025550185"))
		}
	})
}
