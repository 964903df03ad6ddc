package portal

import "time"

// Delivery is how messages go out: what staff see of it.
type Delivery struct {
	At, Since time.Time
	Currency  string
	Carriers  []Carrier
	Paused    []Paused
	Budget    []Spent // of today
	Counts    []Delivered
}

// Carrier is one carrier of mails, texts or calls.
type Carrier struct {
	Channel, Name string
	Health        string // good, down, lying
	Countries     []string
	Price         int64 // of a segment, in millionths of the currency
}

// Paused is where new numbers can't be registered by strangers at the moment.
type Paused struct{ Channel, Country string }

// Spent is how much of a day's budget is used: sms, voice, email, or money in millionths.
type Spent struct {
	K           string
	Used, Limit int64
}

// Delivered is how one carrier did in one country.
type Delivered struct {
	Channel, Carrier, Country string
	Sent, Failed, Unknown     int64 // by us
	Arrived, Lost             int64 // by its receipts
	Codes, Used               int64 // of those sent, codes; and of them, used
	Segments, Cost            int64
}
