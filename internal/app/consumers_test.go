package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"sallyport/internal/config"
)

// consumerPath is where the one consumer that was found leads to.
func (b *tab) consumerPath(name string) string {
	b.t.Helper()
	b.click(name)
	if !strings.HasPrefix(b.url.Path, "/consumers/") {
		b.t.Fatalf("%s does not lead to a consumer: %s", name, b.url)
	}
	return b.url.Path
}

// A provider finds a consumer by ID and by name with birth date, however it is typed; what
// was typed stands in no address, nobody else is shown, and each look is written down.
func TestConsumersAreFound(t *testing.T) {
	t.Parallel()
	bothWorlds(t, config.Guide, func(t *testing.T, w *world) {
		b := newTab(w)
		w.signIn(b, pat)
		b.open("/home")
		before := w.audited("consumer.seen") // HOME shows the names of drafts
		b.click("Consumers")
		if b.sees("Okonkwo") {
			t.Error("strangers are listed")
		}
		b.fill("Consumer ID", " sm-204811 ")
		b.click("Find")
		if !b.sees("Okonkwo, Amara") || !b.sees("1948-06-02") || b.sees("Peña") || b.url.RawQuery != "" {
			t.Errorf("by ID, at %s: %s", b.url, b.text())
		}
		b.fill("Consumer ID", "")
		b.fill("First name", "LUIS")
		b.fill("Last name", "pena")
		b.fill("Date of birth", "11/30/1971")
		b.click("Find")
		b.consumerPath("Peña, Luis")
		if !b.sees("SM-204937") || !b.sees("State Medicaid") {
			t.Errorf("the consumer's page: %s", b.text())
		}
		if n, m := w.audited("consumer.sought"), w.audited("consumer.seen")-before; n != 2 || m != 1 || before != 1 {
			t.Errorf("%d and %d looks are written down", n, m)
		}
		// The name alone, or another's birth date, finds nobody.
		b.open("/consumers")
		b.fill("First name", "Luis")
		b.fill("Last name", "Peña")
		b.click("Find")
		if b.status != http.StatusUnprocessableEntity || !b.sees("Enter the date of birth") || attr(b.find(func(n *html.Node) bool { return attr(n, "id") == "first_name" }), "value") != "Luis" {
			t.Errorf("%d: %s", b.status, b.text())
		}
		b.fill("Date of birth", "1971-11-29")
		b.click("Find")
		if !b.sees("No records found.") || b.sees("SM-204937") {
			t.Errorf("another day: %s", b.text())
		}
		// Under another contract that is selected, they are not there.
		b.open("/home")
		b.fill("Contract:", "childrens-health")
		b.click("Show")
		b.open("/consumers")
		b.fill("Consumer ID", "SM-204937")
		b.click("Find")
		if b.sees("Peña") {
			t.Errorf("under another contract: %s", b.text())
		}
		b.fill("Consumer ID", "CH-31254")
		b.click("Find")
		if !b.sees("O’Shea, Wyatt") {
			t.Errorf("under the selected one: %s", b.text())
		}
	})
}

// What can't be a consumer is said, field by field, and nothing typed is lost.
func TestConsumerMistakes(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, pat)
	for name, tc := range map[string]struct {
		form url.Values
		says string
	}{
		"nothing": {url.Values{}, "Enter a consumer ID, or first name"}, "number": {url.Values{"number": {"<script>"}}, "letters, digits and hyphens"},
		"name": {url.Values{"first_name": {"R2D2"}, "last_name": {"X"}, "birth": {"1980-01-01"}}, "letters, spaces, hyphens"}, "tomorrow": {url.Values{"first_name": {"A"}, "last_name": {"B"}, "birth": {"2126-01-01"}}, "not after today"},
		"a megabyte": {url.Values{"first_name": {strings.Repeat("a", 60_000)}, "last_name": {"B"}, "birth": {"1980-01-01"}}, "at most 100"},
	} {
		b.open("/consumers")
		b.post("/consumers/find", tc.form)
		if b.status != http.StatusUnprocessableEntity || !b.sees(tc.says) {
			t.Errorf("%s: %d %s", name, b.status, b.text()[:min(len(b.text()), 600)])
		}
	}
	if n := w.audited("consumer.sought"); n != 0 {
		t.Errorf("%d searches were made", n)
	}
}

// Where the contract allows it, who is not there is added, once; the number is the portal's.
func TestConsumersAreAdded(t *testing.T) {
	t.Parallel()
	eachWorld(t, config.Guide, func(t *testing.T, w *world) {
		b := newTab(w)
		w.signIn(b, pat)
		b.open("/consumers")
		if b.sees("Add as a new consumer") {
			t.Error("it can be added who was not looked for")
		}
		b.fill("First name", "Grace")
		b.fill("Last name", "Ito")
		b.fill("Date of birth", "2001-07-14")
		b.click("Find")
		b.click("Add as a new consumer")
		if b.status != http.StatusUnprocessableEntity || !b.sees("Choose the contract") {
			t.Errorf("no contract: %d %s", b.status, b.text())
		}
		b.fill("Contract", "state-medicaid")
		again := b.press("Add as a new consumer")
		b.click("Add as a new consumer")
		if !strings.HasPrefix(b.url.Path, "/consumers/") || !b.sees("Ito, Grace") || !b.sees("P-") {
			t.Fatalf("at %s: %s", b.url, b.text())
		}
		first := b.url.Path
		b.take(b.send(again)) // a double click
		if b.url.Path != first {
			t.Errorf("she was added twice: %s and %s", first, b.url.Path)
		}
		// Under a contract that does not allow it, and under none of theirs: not there.
		for _, contract := range []string{"childrens-health", "no-such"} {
			b.post("/consumers/add", url.Values{"first_name": {"Grace"}, "last_name": {"Ito"}, "birth": {"2001-07-14"}, "contract": {contract}})
			if b.status != http.StatusNotFound {
				t.Errorf("under %s: %d", contract, b.status)
			}
		}
		if n, m := w.audited("consumer.added"), w.audited("act.refused"); n != 2 || m != 2 {
			t.Errorf("%d additions and %d refusals are written down", n, m)
		}
	})
}

// T-23: another organisation's consumer is not there, by no address, and that it was tried
// is written down; nor for staff, who have no contracts.
func TestConsumersOfOthers(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b, other := newTab(w), newTab(w)
	w.signIn(b, pat)
	b.open("/consumers")
	b.fill("Consumer ID", "CH-31077") // of a contract that Lakeside alone has
	b.click("Find")
	path := b.consumerPath("Haddad, Noor")
	w.signIn(other, w.another(harborAdmin()))
	other.open(path)
	if other.status != http.StatusNotFound || other.sees("Haddad") || w.audited("act.refused") != 1 {
		t.Errorf("%d, %d refusals: %s", other.status, w.audited("act.refused"), other.text())
	}
	other.open("/consumers")
	other.fill("Consumer ID", "CH-31077")
	other.click("Find")
	if other.sees("Haddad") {
		t.Errorf("found by ID: %s", other.text())
	}
	other.open(path + "x")
	if other.status != http.StatusNotFound {
		t.Errorf("no such consumer: %d", other.status)
	}
	b.post("/portal/signout", nil)
	if b.open(path); b.url.Path == path {
		t.Errorf("signed out, and still at %s", b.url)
	}
}

// Nobody tries out consumer IDs by the hundred.
func TestLookupsAreLimited(t *testing.T) {
	t.Parallel()
	w := liteWorld(t)
	b := newTab(w)
	w.signIn(b, pat)
	b.open("/consumers")
	form := url.Values{"number": {"SM-1"}}
	for range 120 {
		if b.post("/consumers/find", form); b.status != http.StatusOK {
			t.Fatalf("%d: %s", b.status, b.text())
		}
	}
	if b.post("/consumers/find", form); b.status == http.StatusOK || !b.sees("very many people") {
		t.Errorf("the 121st: %d %s", b.status, b.text())
	}
	w.clock.add(time.Hour)
	b.open("/consumers")
	w.signIn(b, pat)
	if b.post("/consumers/find", form); b.status != http.StatusOK {
		t.Errorf("an hour later: %d", b.status)
	}
}
