// Package ui is how every page looks: the layout, the step bar, the error
// summary, icons, style, fonts and the few scripts, and the renderer that checks
// that each page has its template. Words come from package words and are put
// into the templates when those are parsed, once per language. It knows no
// journeys and no routes.
package ui
