package session

import (
	"testing"
	"time"

	"sallyport/internal/door/account"
)

var (
	t0    = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	lives = Lives{Idle: 15 * time.Minute, Whole: 12 * time.Hour, Remember: 4 * time.Hour}
	dana  = &account.Account{ID: "a", State: account.Registered, Epoch: 7}
)

func start(remembered bool) *Session {
	return &Session{AccountID: "a", Epoch: 7, Method: account.PhoneMethod, AuthTime: t0, Remembered: remembered,
		LastSeenAt: t0, ExpiresAt: lives.Ends(t0, remembered)}
}

// TM-16, TM-17, TM-18: a second before lives, a second after does not.
func TestLives(t *testing.T) {
	seen := func(s *Session, at time.Duration) *Session { s.LastSeenAt = t0.Add(at); return s }
	for name, tc := range map[string]struct {
		s    *Session
		at   time.Duration
		want bool
	}{
		"before idle":          {start(false), 15*time.Minute - time.Second, true},
		"idle":                 {start(false), 15 * time.Minute, false},
		"active, before 12 h":  {seen(start(false), 12*time.Hour-time.Minute), 12*time.Hour - time.Second, true},
		"active, 12 h":         {seen(start(false), 12*time.Hour-time.Minute), 12 * time.Hour, false},
		"remembered, 3:59:59":  {start(true), 4*time.Hour - time.Second, true},
		"remembered, 4 h":      {start(true), 4 * time.Hour, false},
		"remembered, idle 1 h": {start(true), time.Hour, true},
	} {
		if got := tc.s.Live(t0.Add(tc.at), lives, dana); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestChangedAccountEndsSession(t *testing.T) {
	for name, a := range map[string]*account.Account{
		"epoch rose": {State: account.Registered, Epoch: 8},
		"disabled":   {State: account.Disabled, Epoch: 7},
		"reset":      {State: account.Half, Epoch: 7},
		"gone":       nil,
	} {
		if start(true).Live(t0, lives, a) {
			t.Errorf("%s: the session lives on", name)
		}
	}
	var none *Session
	if none.Live(t0, lives, dana) || none.Passes(account.PhoneMethod, true) {
		t.Error("no session, yet it lives")
	}
}

// 1.6: ticked and the same button passes, everything else asks.
func TestRememberMePassesOnlyTheSameButton(t *testing.T) {
	for _, tc := range []struct {
		remembered, ticked bool
		button             account.Method
		want               bool
	}{
		{true, true, account.PhoneMethod, true},
		{true, true, account.EmailMethod, false},
		{true, false, account.PhoneMethod, false},
		{false, true, account.PhoneMethod, false},
	} {
		if got := start(tc.remembered).Passes(tc.button, tc.ticked); got != tc.want {
			t.Errorf("%+v: %v", tc, got)
		}
	}
}

func TestLastSeenIsWrittenOnceAMinute(t *testing.T) {
	s := start(false)
	if s.Stale(t0.Add(59*time.Second)) || !s.Stale(t0.Add(time.Minute)) {
		t.Error("seen too often or too seldom")
	}
}
