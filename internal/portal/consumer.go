package portal

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// Consumer is somebody for whom services are requested, under one contract.
type Consumer struct {
	ID         string // ours, in addresses; says nothing
	ContractID string
	Contract   string // its name
	Number     string // “Consumer ID”, as the contract's programme knows the person
	FirstName  string
	LastName   string
	BirthDate  Date
	AddedAt    time.Time
}

// Name is how the person is named in lists.
func (c Consumer) Name() string { return c.LastName + ", " + c.FirstName }

// Date is a day of the calendar, written 2006-01-02; empty: none.
type Date string

const (
	mostName   = 100 // characters
	mostNumber = 30
)

// ReadDate reads 2006-01-02, as date fields send it, or 1/2/2006, as people here type it.
// Ok is false for what is no day, or not between 1900 and today.
func ReadDate(text string, today time.Time) (d Date, ok bool) {
	text = strings.TrimSpace(text)
	for _, layout := range []string{"2006-01-02", "1/2/2006", "01/02/2006"} {
		at, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if at.Year() < 1900 || at.After(today) {
			return "", false
		}
		return Date(at.Format("2006-01-02")), true
	}
	return "", false
}

// ReadConsumer checks what somebody typed of a new consumer. The error is *Mistake.
func ReadConsumer(first, last, birth string, today time.Time) (c Consumer, err error) {
	c = Consumer{FirstName: tidy(first), LastName: tidy(last)}
	switch {
	case c.FirstName == "":
		return c, &Mistake{Field: "first_name", Key: "consumers.first_missing"}
	case c.LastName == "":
		return c, &Mistake{Field: "last_name", Key: "consumers.last_missing"}
	case !isName(c.FirstName):
		return c, &Mistake{Field: "first_name", Key: "consumers.name_malformed"}
	case !isName(c.LastName):
		return c, &Mistake{Field: "last_name", Key: "consumers.name_malformed"}
	}
	var ok bool
	if c.BirthDate, ok = ReadDate(birth, today); !ok {
		return c, &Mistake{Field: "birth", Key: "consumers.birth_malformed"}
	}
	return c, nil
}

// tidy makes one space of many.
func tidy(text string) string { return strings.Join(strings.Fields(text), " ") }

// isName: letters, and what stands between them in names.
func isName(text string) bool {
	if len([]rune(text)) > mostName {
		return false
	}
	letters := false
	for _, r := range text {
		switch {
		case unicode.IsLetter(r) || unicode.IsMark(r):
			letters = true
		case strings.ContainsRune(" -'’.,", r):
		default:
			return false
		}
	}
	return letters
}

// FoldNumber is a consumer ID as it is looked up: upper case, without spaces. Empty where
// it is none.
func FoldNumber(text string) string {
	text = strings.ToUpper(strings.Join(strings.Fields(text), ""))
	if len(text) > mostNumber || strings.ContainsFunc(text, func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') }) {
		return ""
	}
	return text
}

// FoldWords is text as it is searched: lower case, without accents.
func FoldWords(text string) string {
	plain, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), text)
	if err != nil {
		plain = text
	}
	return strings.ToLower(plain)
}

// FoldName is a name as it is looked up: so that José, JOSE and “José ” are one, and
// O'Brien and O’Brien.
func FoldName(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return r
	}, FoldWords(text))
}
