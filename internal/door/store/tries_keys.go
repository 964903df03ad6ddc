package store

import (
	"sallyport/internal/door/account"
)

// What consecutive failures are counted on. The keys are made here, because whoever
// unlocks somebody must know all of them.

// Lanes of password tries: a browser that completed a sign-in has its own (T-33).
const (
	EverybodysLane = "everybody"
	KnownLane      = "known"
)

// PasswordTries counts wrong passwords for an address.
func (s *Store) PasswordTries(lane, email string) []byte {
	return s.Keys.Hash("tries", "password", lane, email)
}

// OldPasswordTries counts wrong passwords of the old portal for what was typed.
func (s *Store) OldPasswordTries(typed string) []byte {
	return s.Keys.Hash("tries", "old password", typed)
}

// CodeTries counts wrong codes of an account's method: phone or email.
func (s *Store) CodeTries(accountID, method string) []byte {
	return s.Keys.Hash("tries", "code", "account", accountID, method)
}

// DestinationTries counts wrong codes that were sent to a destination, by its hash.
func (s *Store) DestinationTries(destination []byte) []byte {
	return s.Keys.Hash("tries", "code", "destination", string(destination))
}

// ResetCodeTries counts wrong codes of a forgotten password.
func (s *Store) ResetCodeTries(destination []byte) []byte {
	return s.Keys.Hash("tries", "reset", "destination", string(destination))
}

// AllTries are the keys of everything that is counted for one person.
func (s *Store) AllTries(a *account.Account) [][]byte {
	keys := [][]byte{s.CodeTries(a.ID, "phone"), s.CodeTries(a.ID, "email"), s.OldPasswordTries(a.Username)}
	for _, email := range []string{a.Email, a.FileEmail} {
		if email != "" {
			to := s.Destination(email)
			keys = append(keys, s.PasswordTries(EverybodysLane, email), s.PasswordTries(KnownLane, email), s.OldPasswordTries(email), s.DestinationTries(to), s.ResetCodeTries(to))
		}
	}
	if a.Phone != "" {
		to := s.Destination(a.Phone)
		keys = append(keys, s.DestinationTries(to), s.ReportedNumber(to))
	}
	return keys
}

// Destination is the keyed hash of an address or number.
func (s *Store) Destination(to string) []byte { return s.Keys.Hash("destination", to) }
