package config

import (
	"strings"
	"time"
)

// Limits are the timers and limits of docs/limits.md, each with the id of its
// row there and the range outside which we refuse to start (TM-R1).
type Limits struct {
	EmailCodeLife        Duration  `yaml:"email_code_life" tm:"TM-01" range:"30s..10m"`          // from hand-off
	EmailCodeMoreTime    Duration  `yaml:"email_code_more_time" tm:"A-2" range:"1m..10m"`        // after “Give me more time”
	EnrolCodeLife        Duration  `yaml:"enrol_code_life" tm:"TM-02" range:"1m..10m"`           // e-mailed, while registering
	PasswordGrant        Duration  `yaml:"password_grant" tm:"TM-15" range:"2m..30m"`            // from the proven mailbox to the new password
	PasswordLength       int       `yaml:"password_length" tm:"TM-19" range:"15..64"`            // code points at least
	EnrolPerNumber       int       `yaml:"enrol_per_number" tm:"TM-11" range:"3..50"`            // sends a day to a number being enrolled
	EnrolPerPerson       int       `yaml:"enrol_per_person" tm:"TM-11" range:"3..50"`            // sends a day to numbers that one person enrols
	EnrolPerRange        int       `yaml:"enrol_per_range" tm:"T-11" range:"5..10000"`           // unfinished sends an hour to a range of ten thousand numbers nobody has proven
	EnrolPerOrganization int       `yaml:"enrol_per_organization" tm:"T-11" range:"20..100000"`  // unfinished sends an hour to numbers that an organisation's users enrol
	EnrolPerNeighborhood int       `yaml:"enrol_per_neighborhood" tm:"T-11" range:"20..100000"`  // unfinished sends an hour to such numbers, from an IPv4 /24 or IPv6 /48
	ConversionFrom       int       `yaml:"conversion_from" tm:"T-11" range:"10..10000"`          // codes an hour to numbers nobody has proven, in one country, from which it matters how many are used
	ConversionLeast      int       `yaml:"conversion_least" tm:"T-11" range:"1..90"`             // per cent of them that must be used; else strangers' numbers wait, but where people have signed in from
	PhoneConfirmedFor    Duration  `yaml:"phone_confirmed_for" tm:"T-27" range:"720h..43800h"`   // since a telephone was last proven; then the mailbox is asked first
	AccountsPerPhone     int       `yaml:"accounts_per_phone" tm:"NIST-OOB-7" range:"1..1000"`   // that may enrol one number
	CodeTriesPerAddress  int       `yaml:"code_tries_per_address" tm:"TM-23" range:"3..500"`     // wrong registration codes per client address and 15 minutes
	CodeTriesPerNPI      int       `yaml:"code_tries_per_npi" tm:"TM-23" range:"5..100"`         // wrong registration codes per NPI and day
	LinkLife             Duration  `yaml:"link_life" tm:"TM-13" range:"5m..24h"`                 // of a link that begins or finishes a registration
	AdminLinkLife        Duration  `yaml:"admin_link_life" tm:"TM-14" range:"5m..24h"`           // of such a link where an administrator sends it
	RegistrationCodeLife Duration  `yaml:"registration_code_life" tm:"TM-24" range:"24h..8760h"` // of a registration code that an administrator issues
	RegistrationCodeUses int       `yaml:"registration_code_uses" tm:"TM-24" range:"1..10000"`   //
	UndoLife             Duration  `yaml:"undo_life" tm:"TM-33" range:"24h..720h"`               // of the link “this wasn't me”
	TextCodeLife         Duration  `yaml:"text_code_life" tm:"TM-03" range:"1m..10m"`            // from hand-off
	CallRing             Duration  `yaml:"call_ring" tm:"TM-04" range:"15s..2m"`                 // how long it rings
	CallKeyWait          Duration  `yaml:"call_key_wait" tm:"TM-04" range:"30s..2m"`             // for # after the prompt
	CallWhole            Duration  `yaml:"call_whole" tm:"TM-04" range:"1m..10m"`                // from hand-off to the end
	CodeLength           int       `yaml:"code_length" tm:"TM-05" range:"6..10"`                 // digits
	TriesPerCode         int       `yaml:"tries_per_code" tm:"TM-06" range:"3..10"`              //
	CodeWaitFrom         int       `yaml:"code_wait_from" tm:"TM-07" range:"5..20"`              // consecutive wrong codes before waits begin
	CodeOffAt            int       `yaml:"code_off_at" tm:"TM-07" range:"20..100"`               // consecutive wrong codes that switch the factor off
	CodesPerJourney      int       `yaml:"codes_per_journey" tm:"TM-08" range:"3..20"`           //
	ResendWait           Duration  `yaml:"resend_wait" tm:"TM-09" range:"0s..5m"`                // grows for texts and calls
	UnfinishedSends      int       `yaml:"unfinished_sends" tm:"TM-10" range:"5..5000"`          // per client address and 5 minutes
	UnansweredCalls      int       `yaml:"unanswered_calls" tm:"T-12" range:"1..20"`             // per number and 15 minutes
	UnansweredCallsDay   int       `yaml:"unanswered_calls_day" tm:"T-12" range:"1..50"`         // per number and day
	ResetMails           int       `yaml:"reset_mails" tm:"TM-12" range:"2..20"`                 // of a forgotten password, per mailbox and hour
	UnfinishedCodes      int       `yaml:"unfinished_codes" tm:"T-13" range:"5..100"`            // per mailbox or number and hour
	RememberFor          Duration  `yaml:"remember_for" tm:"TM-16" range:"0s..24h"`              // Remember Me; 0 switches it off
	SessionIdle          Duration  `yaml:"session_idle" tm:"TM-17" range:"2m..1h"`               //
	SessionLife          Duration  `yaml:"session_life" tm:"TM-18" range:"1h..24h"`              //
	PasswordWaitFrom     int       `yaml:"password_wait_from" tm:"TM-20" range:"5..50"`          // consecutive wrong passwords
	WaitFirst            Duration  `yaml:"wait_first" tm:"TM-21" range:"30s..10m"`               // doubles
	WaitLongest          Duration  `yaml:"wait_longest" tm:"TM-21" range:"1m..5h"`               //
	AddressFailures      int       `yaml:"address_failures" tm:"TM-22" range:"5..5000"`          // per client address and 5 minutes
	AlarmFailures        int       `yaml:"alarm_failures" tm:"T-07" range:"50..100000"`          // wrong passwords in 5 minutes, everywhere, from which stolen ones are assumed to be tried
	StrangeFailures      int       `yaml:"strange_failures" tm:"T-07" range:"1..300"`            // then, per hour and address that nobody has signed in from
	JourneyLife          Duration  `yaml:"journey_life" tm:"TM-32" range:"15m..4h"`              //
	AuthorizationCode    Duration  `yaml:"authorization_code" tm:"TM-28" range:"10s..10m"`       // of the OpenID Connect provider
	AccessToken          Duration  `yaml:"access_token" tm:"TM-29" range:"1m..1h"`               //
	IDToken              Duration  `yaml:"id_token" tm:"TM-29" range:"1m..1h"`                   //
	RefreshIdle          Duration  `yaml:"refresh_idle" tm:"TM-30" range:"15m..24h"`             // of a refresh token that is not used
	RefreshLife          Duration  `yaml:"refresh_life" tm:"TM-30" range:"1h..24h"`              // from the sign-in
	PushedRequest        Duration  `yaml:"pushed_request" tm:"TM-31" range:"10s..9m"`            // request_uri of RFC 9126
	Networks             []Network `yaml:"networks"`                                             // other limits for known networks
}

// Network replaces the per-address limits for clients within it: a hospital
// behind one address, say.
type Network struct {
	CIDR            string `yaml:"cidr"`
	UnfinishedSends int    `yaml:"unfinished_sends" range:"5..5000"`
	AddressFailures int    `yaml:"address_failures" range:"5..5000"`
}

// Default returns the shipped settings of a profile (TM-R3).
func Default(profile Profile) Config {
	minutes := func(n int) Duration { return Duration(time.Duration(n) * time.Minute) }
	seconds := func(n int) Duration { return Duration(time.Duration(n) * time.Second) }
	c := Config{
		Profile:  profile,
		Listen:   "127.0.0.1:8080",
		DataDir:  "sallyport-data",
		TimeZone: "UTC",
		Log:      Log{Level: "info", Format: "json"},
		Brand: Brand{
			Name: "Sallyport Health", Product: "Provider portal", Color: "#0b5563", ColorDark: "#7cc7d6",
			SupportPhone: "1-555-010-0199", SupportEmail: "support@sallyport.example",
		},
		Email:  Email{SMTP: SMTP{Port: 587, TLS: "starttls"}},
		SignIn: SignIn{EmailForPhoneUsers: true, RememberAdmins: profile == Guide},
		Enroll: Enroll{EmailMatch: "notify", Countries: []string{"US"}},
		Hash:   Hash{MemoryKiB: 19456, Passes: 2, QueueFor: seconds(2)},
		Terms:  Terms{Version: "1"},
		Budget: Budget{Texts: 20000, Calls: 5000, Mails: 200000, Money: 250_000_000, Currency: "USD", Strangers: 30, Reserve: 30},
		Staff:  Staff{Scopes: []string{"profile", "email"}, GroupsClaim: "groups"},
		Audit:  Audit{CheckpointEvery: minutes(1), Retention: minutes(6 * 365 * 24 * 60)},
		OIDC:   OIDC{RotateKeysEvery: minutes(90 * 24 * 60)},
		Limits: Limits{
			EmailCodeLife: minutes(10), EmailCodeMoreTime: minutes(10), TextCodeLife: minutes(10),
			EnrolCodeLife: minutes(10), PasswordGrant: minutes(10), PasswordLength: 15, EnrolPerNumber: 10, EnrolPerPerson: 20, AccountsPerPhone: 10,
			PhoneConfirmedFor: minutes(365 * 24 * 60), EnrolPerRange: 30, EnrolPerOrganization: 200, EnrolPerNeighborhood: 600, ConversionFrom: 50, ConversionLeast: 20,
			UndoLife: minutes(240 * 60), LinkLife: minutes(20), AdminLinkLife: minutes(24 * 60), RegistrationCodeLife: minutes(90 * 24 * 60), RegistrationCodeUses: 25, CodeTriesPerAddress: 5, CodeTriesPerNPI: 10,
			CallRing: seconds(45), CallKeyWait: seconds(30), CallWhole: seconds(180),
			CodeLength: 6, TriesPerCode: 5, CodeWaitFrom: 10, CodeOffAt: 100, CodesPerJourney: 10, ResendWait: seconds(20),
			UnfinishedSends: 300, UnansweredCalls: 3, UnansweredCallsDay: 10, UnfinishedCodes: 20, ResetMails: 10,
			RememberFor: minutes(240), SessionIdle: minutes(15), SessionLife: minutes(720),
			PasswordWaitFrom: 10, WaitFirst: minutes(1), WaitLongest: minutes(60), AddressFailures: 300, AlarmFailures: 300, StrangeFailures: 5,
			JourneyLife:       minutes(60),
			AuthorizationCode: seconds(60), AccessToken: minutes(10), IDToken: minutes(5), RefreshIdle: minutes(480), RefreshLife: minutes(720), PushedRequest: seconds(60),
		},
	}
	if profile == Guide {
		c.Limits.EmailCodeLife = seconds(30)
		c.Limits.EmailCodeMoreTime = minutes(5)
	}
	return c
}

// String writes 5m and 12h, not 5m0s and 12h0m0s.
func (d Duration) String() string {
	text := d.D().String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
