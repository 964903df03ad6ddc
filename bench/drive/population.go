package drive

import (
	"context"
	"fmt"

	"sallyport/internal/door/account"
	"sallyport/internal/door/passhash"
	"sallyport/internal/door/store"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// What the people of a population know.
const (
	Password    = "correct horse battery staple" // of who is registered
	OldPassword = "Portal-Pass-2020"             // of who is not yet
	NPI         = "1987654328"
	Code        = "BENCH-REGISTRATION-2026"
)

// Population is an organisation and its people. The first Registered by phone, all
// with an e-mail address; then those of the old portal.
type Population struct {
	Registered, Imported int
	Cost                 passhash.Cost
}

// Fill adds them to an empty database. All share one hash: what a check costs does
// not depend on the salt.
func (p Population) Fill(ctx context.Context, s *store.Store) error {
	hash, old := passhash.Hash(Password, p.Cost), passhash.Hash(OldPassword, p.Cost)
	err := s.Write(ctx, func(tx *sqldb.Tx) error {
		if err := s.InsertOrganization(tx, account.Organization{ID: "bench", Name: "Bench Clinic", NPI: NPI, Active: true}); err != nil {
			return err
		}
		return s.InsertRegistrationCode(tx, store.RegistrationCode{ID: "bench", OrganizationID: "bench", Code: Code, MostUses: 1_000_000, ExpiresAt: tx.Now.AddDate(1, 0, 0)})
	})
	const batch = 5000
	for from, all := 0, p.Registered+p.Imported; from < all && err == nil; from += batch {
		err = s.Write(ctx, func(tx *sqldb.Tx) error {
			for n := from; n < min(from+batch, all); n++ {
				if err := s.InsertAccount(tx, p.account(n, hash, old)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return err
}

func (p Population) account(n int, hash, old string) account.Account {
	a := account.Account{ID: secret.ID(), OrganizationID: "bench", Username: Username(n), FirstName: firsts[n%len(firsts)], LastName: lasts[n/len(firsts)%len(lasts)] + suffixes[n/len(firsts)/len(lasts)%len(suffixes)], Role: account.User, Epoch: 1}
	if n >= p.Registered {
		a.State, a.Email, a.FileEmail, a.OldHash = account.Imported, Email(n), Email(n), old
		return a
	}
	a.State, a.Method, a.Email, a.PasswordHash, a.Phone = account.Registered, account.PhoneMethod, Email(n), hash, Phone(n)
	return a
}

// Names of a population: many share one.
var (
	firsts   = []string{"Ana", "Ben", "Carla", "Dev", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jo", "Kim", "Luis", "Maria", "Noor", "Omar", "Pat", "Quinn", "Rosa", "Sam", "Tara"}
	lasts    = []string{"Alvarez", "Brown", "Chen", "Diaz", "Evans", "Flores", "Garcia", "Hall", "Ito", "Jones", "Khan", "Lopez", "Miller", "Nguyen", "Ortiz", "Patel", "Quist", "Rivera", "Smith", "Taylor"}
	suffixes = []string{"", "-Adams", "-Baker", "-Clark", "-Davis", "-Ellis", "-Ford", "-Gray", "-Hill", "-Irwin"}
)

// Username of person number n.
func Username(n int) string { return fmt.Sprintf("person%d", n) }

// Email of person number n.
func Email(n int) string { return fmt.Sprintf("person%d@bench.example", n) }

// Phone of person number n, below a million: area codes of the States, exchanges
// from 200.
func Phone(n int) string {
	areas := []int{202, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229, 231, 234}
	return fmt.Sprintf("+1%d%03d%04d", areas[n/50_000], 200+n%50_000/10_000, n%10_000)
}

// Address of person number n: a network of its own (RFC 2544).
func Address(n int) string { return fmt.Sprintf("198.18.%d.%d", n/250%250, n%250+1) }
