package web

import (
	"fmt"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"sallyport/internal/door/account"
	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// EnterPhonePage is “Country Code”, “Phone Number” (1.2, step 5).
type EnterPhonePage struct {
	Frame
	View      journey.EnterPhoneView
	Countries []Country
}

// Country is one line of the list: “United States (+1)”.
type Country struct {
	Region, Label string
	Chosen        bool
}

func (EnterPhonePage) Template() string { return "page_enter_phone" }

func enterPhonePage(r *request, f Frame, v journey.EnterPhoneView) ui.Page {
	page := EnterPhonePage{Frame: f.titled(r, "enrol.phone.title").waits(false), View: v}
	names := display.Regions(language.Make(r.lang.Tag))
	for i, region := range v.Regions {
		label := region
		if known, err := language.ParseRegion(region); err == nil {
			label = names.Name(known)
		}
		page.Countries = append(page.Countries, Country{Region: region, Label: fmt.Sprintf("%s (+%d)", label, account.CallingCode(region)),
			Chosen: region == f.Typed.Country || i == 0 && f.Typed.Country == ""})
	}
	return page
}
