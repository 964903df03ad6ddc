package journey

import (
	"crypto/sha256"
	"encoding/hex"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/store"
)

// Terms are the terms of use in force, and their text in each language.
type Terms struct {
	account.Terms
	Texts map[string]string // language tag to text; paragraphs are apart by an empty line
}

// AgreeToTerms is “Terms of Use Agreement” (product.md 1.3, step 5). Who has
// agreed to the version in force is not asked; a new version asks everyone once.
var AgreeToTerms = Step{
	Name: "agree-to-terms", Label: "step.terms",
	Done:    func(f *Facts) bool { return !f.Terms.At.IsZero() },
	Clear:   func(f *Facts) { f.Terms = TermsFacts{} },
	View:    func(r *Run) View { return TermsView{Version: r.Settings.Terms.Version, Texts: r.Settings.Terms.Texts} },
	Actions: map[string]Action{"agree": {Do: agree}},
}

// TermsView is the text, in every language, and the box.
type TermsView struct {
	Version string
	Texts   map[string]string
}

// newTerms: there are terms that the person has not agreed to, or had not until
// this journey.
func newTerms(r *Run) bool {
	return r.Settings.Terms.MustAgree(r.Account()) || !r.Facts.Terms.At.IsZero()
}

func agree(r *Run, f Form) error {
	if f["agree"] == "" {
		return reject("agree", "error.terms")
	}
	text, known := r.Settings.Terms.Texts[f["terms_lang"]]
	if !known || f["terms_version"] != r.Settings.Terms.Version { // the page was of another version
		return errStale
	}
	sum := sha256.Sum256([]byte(text))
	accepted := store.Acceptance{Version: r.Settings.Terms.Version, Lang: f["terms_lang"], Hash: hex.EncodeToString(sum[:])}
	if err := r.Store.AcceptTerms(r.Tx, r.Row.AccountID, accepted); err != nil {
		return err
	}
	a := *r.Account()
	a.Terms = accepted.Version
	r.Row.Account = &a
	r.Facts.Terms.At = r.Now
	return r.record(audit.TermsAccepted, map[string]string{"version": accepted.Version, "lang": accepted.Lang, "hash": accepted.Hash})
}
