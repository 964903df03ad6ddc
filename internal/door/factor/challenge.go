package factor

import (
	"strings"
	"time"
)

// Channel is how a challenge travels.
type Channel string

const (
	Email Channel = "email"
	Text  Channel = "sms"
	Voice Channel = "voice"
)

// Delivery is where a challenge's message stands (architecture, Delivery).
type Delivery string

const (
	Queued  Delivery = "queued"  // not handed to a carrier that took it
	Sent    Delivery = "sent"    // a carrier accepted it
	Failed  Delivery = "failed"  // no carrier took it
	Unknown Delivery = "unknown" // we stopped while handing it over: it may have been sent, and is never resent alone
)

// What a carrier said became of a message that it accepted, or the reason why none did.
const (
	Delivered   = "delivered"
	Undelivered = "undelivered"
	Unreachable = "unreachable" // by anybody: the number or address is not in service, or takes no such messages
	Again       = "again"       // it was not delivered, and goes out by another carrier with the same code
)

// Longest is how old any challenge may become, whatever its life (NIST-OOB-2).
const Longest = 10 * time.Minute

// Challenge is one code, or one call, bound to its journey, its purpose and its
// destination. Only a keyed hash of the code is kept.
type Challenge struct {
	ID          string
	JourneyID   string
	AccountID   string
	Purpose     string
	Channel     Channel
	Destination []byte // keyed hash of the address or number
	CodeHash    []byte
	Tries       int
	Life        time.Duration // from hand-off
	CreatedAt   time.Time
	SentAt      time.Time // zero until a carrier accepted it
	Delivery    Delivery
	Carrier     string // that has it
	Country     string // of the number: region (ISO 3166)
	Receipt     string // what the carrier said became of it; see below
	UsedAt      time.Time
	EndedAt     time.Time // a newer one was asked for, or the person refused the call
	Call        Call
}

// Expires is when the code stops working: min(SentAt+Life, CreatedAt+10 min).
// Zero while it has not been handed over.
func (c *Challenge) Expires() time.Time {
	if c.SentAt.IsZero() {
		return time.Time{}
	}
	end, cap := c.SentAt.Add(c.Life), c.CreatedAt.Add(Longest)
	if cap.Before(end) {
		return cap
	}
	return end
}

// Left is how long the code still works, zero when it does not.
func (c *Challenge) Left(now time.Time) time.Duration {
	return max(0, c.Expires().Sub(now))
}

// Waiting tells that the message is still on its way to a carrier. It stops
// being true when the challenge is too old to be sent at all.
func (c *Challenge) Waiting(now time.Time) bool {
	return c.Delivery == Queued && now.Before(c.CreatedAt.Add(Longest))
}

// FoldCode keeps the digits of what was typed, so that “123 456” is as good as
// “123456”; what has other characters is no code and folds to itself.
func FoldCode(typed string) string {
	folded := strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(strings.TrimSpace(typed))
	for _, r := range folded {
		if r < '0' || r > '9' {
			return strings.TrimSpace(typed)
		}
	}
	return folded
}

// ResendWait is how long the next send to the same destination by the same
// channel waits after the n-th (n >= 1): the first wait, doubled with each
// further send up to five minutes where it grows (TM-09).
func ResendWait(first time.Duration, n int, grows bool) time.Duration {
	wait := first
	for i := 1; grows && i < n && wait < 5*time.Minute; i++ {
		wait *= 2
	}
	return min(wait, max(first, 5*time.Minute))
}
