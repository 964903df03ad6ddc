package web

import (
	"maps"
	"slices"
	"strings"
)

// eventWords says what kind of event of the audit log it is. One that is newer than
// the words says its own name.
func eventWords(r *request, event string) string {
	key := "event." + strings.ReplaceAll(event, ".", "_")
	if said := r.Lang.Say(key); said != "["+key+"]" {
		return said
	}
	return event
}

// detailWords are an event's details in a line; “by” and what only programs need are
// left out.
func detailWords(detail map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(detail)) {
		switch name {
		case "by", "challenge", "organization", "code", "journey":
		default:
			parts = append(parts, strings.ReplaceAll(name, "_", " ")+": "+detail[name])
		}
	}
	return strings.Join(parts, " · ")
}
