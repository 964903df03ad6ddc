package journey

import (
	"sallyport/internal/door/account"
	"sallyport/internal/door/store"

	"time"
)

// EnterPhoneView is “Enter a number below that we can send a code via SMS or phone
// to authenticate you.” (product.md 1.2, step 5).
type EnterPhoneView struct {
	Regions     []string // ISO 3166, the default first
	Text, Voice bool
}

func (r *Run) enterPhone() View {
	return EnterPhoneView{Regions: r.Settings.Countries, Text: r.Settings.Text, Voice: r.Settings.Voice}
}

// takeNumber reads the number from the form where none was taken yet, and checks
// how often it is asked for (TM-11) and by how many accounts (NIST-OOB-7).
func (r *Run) takeNumber(f Form) error {
	if r.Facts.Phone.Number == "" {
		number, fault := account.ParsePhone(f["country"], f["phone"], r.Settings.Countries)
		if fault != account.PhoneGood {
			return reject("phone", "error.phone_"+string(fault))
		}
		others, err := r.Store.AccountsWithPhone(r.Tx, number)
		if err != nil {
			return err
		}
		if others >= r.Settings.Limits.AccountsPerPhone {
			return reject("phone", "error.phone_shared")
		}
		r.Facts.Phone.Number = number
	}
	tokens := r.enrolTokens(r.Facts.Phone.Number)
	r.take(tokens...)
	r.Facts.Taken = append(r.Facts.Taken, tokens...)
	return nil
}

// enrolTokens count what is sent to a number that is being enrolled: per number and
// person a day, and what is not finished an hour per range of numbers, organisation and
// neighborhood of the client's address (T-11). All are given back when it is.
func (r *Run) enrolTokens(number string) []store.Token {
	hash, limits := r.Store.Keys.Hash, r.Settings.Limits
	return []store.Token{
		store.NewToken("enrolments of a number", hash("rate", "enrol number", number), limits.EnrolPerNumber, 24*time.Hour),
		store.NewToken("enrolments of a person", hash("rate", "enrol person", r.Row.AccountID), limits.EnrolPerPerson, 24*time.Hour),
		store.NewToken("enrolments of a range of numbers", hash("rate", "enrol range", account.Range(number)), limits.EnrolPerRange, time.Hour),
		store.NewToken("enrolments of an organization", hash("rate", "enrol organization", r.Account().OrganizationID), limits.EnrolPerOrganization, time.Hour),
		store.NewToken("enrolments of a neighborhood", hash("rate", "enrol neighborhood", neighborhood(r.Client.Address)), limits.EnrolPerNeighborhood, time.Hour),
	}
}

// changeNumber goes back to the empty field: the number was mistyped.
func changeNumber(r *Run, _ Form) error {
	if !r.registering() || r.Facts.Phone.Number == "" {
		return errStale
	}
	r.Facts.Phone = PhoneFacts{}
	return r.dropChallenge()
}
