package journey

import (
	"strings"
	"testing"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/door/factor"
	"sallyport/internal/sms"
	"sallyport/internal/words"
)

// the last line of a text binds the code to our host (SMS one-time codes, section 3).
// T-11: each costs one segment, in either language.
func TestTextsAreBoundAndShort(t *testing.T) {
	t.Parallel()
	catalog, err := words.Load(words.Brand{Name: "Sallyport Health"})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range catalog.All() {
		for _, purpose := range []string{signingIn, enrolling} {
			r := &Run{Engine: &Engine{Settings: Settings{Host: "signin.harbor-review.org", Limits: config.Default(config.Guide).Limits}}, Client: Client{Lang: l}}
			m := r.compose(send{purpose: purpose, channel: factor.Text, to: "+12025550185", life: 10 * time.Minute})
			lines := strings.Split(m.Text, "\n")
			if last := lines[len(lines)-1]; last != "@signin.harbor-review.org #"+m.Code || len(m.Code) != 6 {
				t.Errorf("%s: last line %q", l.Tag, strings.ReplaceAll(last, m.Code, "CODE"))
			}
			if !strings.Contains(lines[0], "Sallyport Health") || !strings.Contains(lines[0], "10") {
				t.Errorf("%s: it names neither the service nor the minutes", l.Tag)
			}
			if _, gsm := sms.GSM(m.Text); !gsm || sms.Segments(m.Text) != 1 {
				t.Errorf("%s %s: %d segments, GSM alphabet: %v", l.Tag, purpose, sms.Segments(m.Text), gsm)
			}
			if m.Country != "US" || m.Strange != (purpose == enrolling) {
				t.Errorf("country %s, strange %v", m.Country, m.Strange)
			}
		}
	}
}
