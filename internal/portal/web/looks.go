package web

import (
	"slices"
	"strings"
	"sync"
	"time"

	"sallyport/internal/portal"
)

// looks remember which lists of people a session was shown lately, so that a page that is
// loaded again is one look in the log. A restart forgets, and writes one line more.
type looks struct {
	mu   sync.Mutex
	last map[string]time.Time
}

const (
	oneLook   = 5 * time.Minute
	mostLooks = 10_000
)

// fresh tells whether this is a look of its own.
func (l *looks) fresh(session, people string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := session + " " + people
	if at, ok := l.last[key]; ok && now.Sub(at) < oneLook {
		return false
	}
	if l.last == nil || len(l.last) >= mostLooks {
		l.last = map[string]time.Time{}
	}
	l.last[key] = now
	return true
}

// seen writes down whose names a page of cases is about to show.
func (s *Server) seen(r *request, cases []portal.Case) error {
	var ids []string
	for _, c := range cases {
		if !slices.Contains(ids, c.Consumer.ID) {
			ids = append(ids, c.Consumer.ID)
		}
	}
	people := strings.Join(ids, " ")
	if people == "" || !s.looks.fresh(r.session.ID, people, s.Store.DB.Now()) {
		return nil
	}
	return s.Audit.Record(r.Context(), r.actor(), portal.ConsumerSeen, map[string]string{"consumers": people, "in": "cases"})
}
