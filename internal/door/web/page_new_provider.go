package web

import (
	"sallyport/internal/door/account"
	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// SpecifyOrganizationPage is “Create a New Account - Specify Your Organization”
// (product.md 1.3, step 1).
type SpecifyOrganizationPage struct{ Frame }

func (SpecifyOrganizationPage) Template() string { return "page_specify_organization" }

// EnterUserPage is “Create a New Account - Enter User Information” (step 2).
type EnterUserPage struct {
	Frame
	View             journey.EnterUserView
	Account, Contact []Field
	States           []State
	ZIP              Field
	After, Fax       []Field
	Taken            bool // the username is: “Registration Error”, with “Reset”
}

// Field is one line of the long form.
type Field struct {
	ID, Label, Value, Type, Autocomplete, Mode string
	Required                                   bool
	Wrong                                      *ui.Problem // about this field
}

// State is a choice of “STATE”.
type State struct {
	Code, Name string
	Selected   bool
}

func (EnterUserPage) Template() string { return "page_enter_user" }

// MailSentPage says what to do now (step 3).
type MailSentPage struct {
	Frame
	Text string
}

func (MailSentPage) Template() string { return "page_mail_sent" }

func enterUserPage(r *request, f Frame, v journey.EnterUserView) ui.Page {
	f = f.titled(r, "newuser.title").waits(false)
	field := func(id, words, kind, autocomplete, mode string, required bool) Field {
		value := f.Typed.More[id]
		if id == "username" {
			value = f.Typed.Username
		}
		field := Field{ID: id, Label: r.lang.Say(words), Value: value, Type: kind, Autocomplete: autocomplete, Mode: mode, Required: required}
		if f.Problem.At(id) {
			field.Wrong = f.Problem
		}
		return field
	}
	page := EnterUserPage{Frame: f, View: v, Taken: f.Mistake == "error.username_taken", ZIP: field("zip", "newuser.zip", "text", "postal-code", "numeric", false),
		Account: []Field{
			field("username", "oldlogin.username", "text", "username", "", true),
			field("first_name", "newuser.first", "text", "given-name", "", true),
			field("last_name", "newuser.last", "text", "family-name", "", true),
		},
		Contact: []Field{
			field("address1", "newuser.address_one", "text", "address-line1", "", false),
			field("address2", "newuser.address_two", "text", "address-line2", "", false),
			field("city", "newuser.city", "text", "address-level2", "", false),
		},
		After: []Field{
			field("user_email", "newuser.email", "email", "email", "email", true),
			field("confirm_email", "newuser.confirm", "email", "email", "email", true),
			field("user_phone", "newuser.phone", "tel", "tel-national", "tel", false),
		},
		Fax: []Field{field("fax", "newuser.fax", "tel", "off", "tel", true)},
	}
	for _, s := range account.USStates {
		page.States = append(page.States, State{s.Code, s.Name, f.Typed.More["state"] == s.Code})
	}
	return page
}
