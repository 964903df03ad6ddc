package web

import (
	"sallyport/internal/door/journey"
	"sallyport/internal/ui"
)

// ChooseMethodPage is “LOGIN METHOD” (1.2, step 2).
type ChooseMethodPage struct {
	Frame
	View journey.ChooseMethodView
}

func (ChooseMethodPage) Template() string { return "page_choose_method" }

func chooseMethodPage(r *request, f Frame, v journey.ChooseMethodView) ui.Page {
	return ChooseMethodPage{f.titled(r, "method.title").waits(false), v}
}
