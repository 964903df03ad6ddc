package session

import "strings"

// families are told apart by the first word of theirs that a User-Agent has:
// Edge and Opera call themselves Chrome too, Chrome calls itself Safari.
var families = []struct{ word, name string }{
	{"Edg", "edge"}, {"OPR/", "opera"}, {"Firefox/", "firefox"}, {"FxiOS/", "firefox"}, {"Chrome/", "chrome"}, {"CriOS/", "chrome"}, {"Safari/", "safari"},
}

// AgentFamily names the kind of browser and whether it is a telephone's. A stolen
// cookie that turns up in another kind opens nothing (T-24). Versions are left
// out: browsers update themselves.
func AgentFamily(userAgent string) string {
	family := "other"
	for _, f := range families {
		if strings.Contains(userAgent, f.word) {
			family = f.name
			break
		}
	}
	if strings.Contains(userAgent, "Mobile") || strings.Contains(userAgent, "Android") {
		family += " mobile"
	}
	return family
}
