// Package web is the door's pages over HTTP: routes.go is the site map, with a
// guard on every line, and each page is a file (a struct, its handler, and the
// template beside it). Handlers return errors; fail.go turns them into pages.
// What a journey does is decided in package journey; here it is only shown.
package web
