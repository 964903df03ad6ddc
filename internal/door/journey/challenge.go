package journey

import (
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/door/audit"
	"sallyport/internal/door/delivery"
	"sallyport/internal/door/factor"
)

// send is one code or call on its way: how it goes, to whom, and for how long
// the code lives.
type send struct {
	purpose string // sign-in, enrol, reset
	channel factor.Channel
	to      string
	life    time.Duration
	grows   bool // does the cool-down?
	nobody  bool // there is no account: the mail says so, and no code works
}

// challenge ends the present code and queues a new one, bound to this journey,
// its purpose and its destination (rule 3). Sends is the step's count.
func (r *Run) challenge(s send, sends Sends) (Sends, error) {
	limits := r.Settings.Limits
	if r.Facts.Codes >= limits.CodesPerJourney { // TM-08
		return sends, &Reject{Key: "error.too_many_codes", Status: 429}
	}
	failed := r.Row.Challenge != nil && r.Row.Challenge.Delivery == factor.Failed
	if wait := sends.Wait(r.Now, s.channel, limits.ResendWait.D(), s.grows); wait > 0 && !failed {
		return sends, &Reject{Key: "error.resend_wait", Args: []any{"N", int((wait + time.Second - 1) / time.Second)}, Status: 429, Retry: wait}
	}
	if err := r.open(s); err != nil {
		return sends, err
	}
	if r.Row.Challenge != nil {
		if err := r.Store.EndChallenge(r.Tx, r.Row.ChallengeID); err != nil {
			return sends, err
		}
	}
	message := r.compose(s)
	if err := r.allowed(s, &message); err != nil {
		return sends, err
	}
	c := &factor.Challenge{ID: r.messageID, JourneyID: r.Row.ID, AccountID: r.Row.AccountID, Purpose: s.purpose, Channel: s.channel,
		Destination: r.Store.Destination(s.to), CodeHash: r.codeHash(r.messageID, message.Code), Life: s.life, CreatedAt: r.Now, Delivery: factor.Queued, Country: message.Country, Call: factor.Call{Mode: factor.CallMode(message.Mode)}}
	if err := r.Store.InsertChallenge(r.Tx, c); err != nil {
		return sends, err
	}
	if err := r.dispatch(message); err != nil {
		return sends, err
	}
	r.Row.ChallengeID, r.Row.Challenge, r.awaited = c.ID, c, true
	r.Facts.Codes++
	tokens := r.sendTokens(c)
	r.take(tokens...)
	r.Facts.Taken = append(r.Facts.Taken, tokens...)
	event := audit.CodeRequested
	if s.channel == factor.Voice {
		event = audit.CallRequested
	}
	return sends.Add(r.Now, s.channel), r.record(event, map[string]string{"channel": string(s.channel), "challenge": c.ID})
}

// dispatch has the message handed over by this process right after the commit, or
// queues it where all lanes are in use.
func (r *Run) dispatch(m delivery.Message) error {
	if *r.lane == 0 {
		*r.lane = r.Sender.Reserve()
	}
	if *r.lane > 0 {
		r.attempt = m
		return r.Store.InsertAttempt(r.Tx, m, *r.lane)
	}
	r.queued = true
	return r.Store.InsertMessage(r.Tx, m)
}

// codeHash binds a code to its challenge.
func (e *Engine) codeHash(challengeID, code string) []byte {
	return e.Store.Keys.Hash("code", challengeID, code)
}

// verify compares a typed code with the present challenge: at most so many tries
// a code, and each counted before it is compared (T-08, TM-06).
func (r *Run) verify(c *factor.Challenge, typed string) error {
	limits := r.Settings.Limits
	code := factor.FoldCode(typed)
	switch {
	case code == "":
		return reject("code", "error.code_missing", "N", limits.CodeLength)
	case len(code) != limits.CodeLength:
		return reject("code", "error.code_length", "N", limits.CodeLength)
	case c == nil:
		return errStale
	case c.Tries >= limits.TriesPerCode:
		return reject("code", "error.code_spent")
	case c.SentAt.IsZero():
		return reject("code", "error.code_unsent")
	case c.Left(r.Now) == 0:
		return reject("code", "error.code_expired")
	}
	keys := r.codeKeys(c)
	n, err := r.Store.CountTry(r.Tx, "wrong codes", r.codeLimits(c), keys...)
	if err != nil {
		return err
	}
	right, counted, err := r.Store.TryCode(r.Tx, c.ID, r.codeHash(c.ID, code), limits.TriesPerCode)
	switch {
	case err != nil:
		return err
	case right:
		r.toll.used(c)
		return r.Store.ResetTries(r.Tx, keys...)
	case !counted: // it was used or ended a moment ago
		return reject("code", "error.code_expired")
	}
	event := audit.CodeRefused
	if c.Purpose != resetting && n >= limits.CodeOffAt {
		event = audit.FactorOff
	}
	r.Observe("code refused")
	if err := r.record(event, map[string]string{"channel": string(c.Channel)}); err != nil {
		return err
	}
	if left := limits.TriesPerCode - c.Tries - 1; left > 0 {
		return reject("code", "error.code_wrong", "N", left)
	}
	return reject("code", "error.code_spent")
}

// compose writes the message in the person's language. The code is in nothing
// but the message and its keyed hash.
func (r *Run) compose(s send) delivery.Message {
	m := delivery.Message{ID: r.messageID, Channel: string(s.channel), To: s.to, Lang: r.Client.Lang.Tag, Kind: delivery.Code, Class: r.codeClass(s.purpose), Expires: r.Now.Add(factor.Longest)}
	if s.channel != factor.Email {
		m.Country, m.Strange = account.Region(s.to), s.purpose == enrolling
	}
	say := func(part string, args ...any) string {
		return r.Client.Lang.Say("message."+s.purpose+"."+part, args...)
	}
	switch s.channel {
	case factor.Voice:
		m.Kind = delivery.Call
		m.Subject, m.Purpose, m.Mode = say("voice.subject"), s.purpose, string(r.Settings.CallMode)
		if r.resets(r.Row.ID) {
			m.Purpose = resetting
		}
		m.Code = r.callCode(m.ID)
		m.Text = CallText(r.Client.Lang, m.Purpose, r.Settings.CallMode)
		m.Expires = r.Now.Add(2 * time.Minute) // nobody waits longer for a telephone to ring
	case factor.Text:
		m.Code = newCode(r)
		m.Text = say("sms", "Code", m.Code, "Host", r.Settings.Host, "N", int(s.life/time.Minute)) + "\n\n@" + r.Settings.Host + " #" + m.Code // binds the code to this site: always the last line
	case factor.Email:
		if s.nobody {
			m.Subject, m.Text = say("nobody.subject"), say("nobody.text", "Host", r.Settings.Host) // of the same kind, so that it is retried and given up like a code
			return m
		}
		m.Code = newCode(r)
		m.Subject, m.Text = say("mail.subject"), say("mail.text", "Code", m.Code, "Host", r.Settings.Host, "Life", r.spell(s.life))
	}
	return m
}

// spell says a duration in words: “30 seconds”, “5 minutes”.
func (r *Run) spell(d time.Duration) string {
	if d%time.Minute == 0 {
		return r.Client.Lang.Say("time.minutes", "N", int(d/time.Minute))
	}
	return r.Client.Lang.Say("time.seconds", "N", int(d/time.Second))
}
