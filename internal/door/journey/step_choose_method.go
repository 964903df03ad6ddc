package journey

import "sallyport/internal/door/account"

// ChooseMethod is “LOGIN METHOD” (product.md 1.2, step 2).
var ChooseMethod = Step{
	Name: "choose-method", Label: "step.method",
	Done:    func(f *Facts) bool { return f.Method.Choice != account.NoMethod },
	Clear:   func(f *Facts) { f.Method = MethodFacts{} },
	View:    func(r *Run) View { return ChooseMethodView{Phone: r.Settings.Text || r.Settings.Voice} },
	Actions: map[string]Action{"phone": {Do: choose(account.PhoneMethod)}, "email": {Do: choose(account.EmailMethod)}},
}

// ChooseMethodView is “Please select the method of multi-factor authentication to continue …”.
type ChooseMethodView struct {
	Phone bool // texts or calls can be carried
}

func choose(method account.Method) func(r *Run, f Form) error {
	return func(r *Run, _ Form) error {
		r.Facts.Method.Choice = method
		return nil
	}
}

// otherMethod goes back to LOGIN METHOD while nothing is registered: the person
// chose PHONE and has none at hand.
func otherMethod(r *Run, _ Form) error {
	if !r.registering() || r.Facts.Method.Choice == account.NoMethod {
		return errStale
	}
	r.Facts.Method, r.Facts.Phone = MethodFacts{}, PhoneFacts{}
	return r.dropChallenge()
}
