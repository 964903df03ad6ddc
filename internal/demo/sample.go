package demo

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"sallyport/internal/door/account"
	"sallyport/internal/door/passhash"
	"sallyport/internal/door/store"
	"sallyport/internal/sqldb"
)

// The sample people (product.md 3.4). They stay the same from release to release.
const (
	Password    = "correct horse battery staple" // of who is registered
	OldPassword = "Portal-Pass-2020"             // of who is not yet
	StaffEmail  = "sam.staff@sallyport.example"
	// SecondReviewer reviews requests, and nothing else.
	SecondReviewer = "ida.reviewer@sallyport.example"
	StaffName      = "Sam Okoro"
	// OldHash is the bcrypt hash (cost 10) of OldPassword, in the form that an old portal keeps it.
	OldHash = "$2a$10$d1ziKsOxFu9PUDICmh.ANO.Kq6W.XNgBYuifr2RtfVyLe/RAxJzte"
)

// Organizations are the sample organisations, with the code of each.
var Organizations = []struct {
	account.Organization
	Code string
}{
	{account.Organization{ID: "lakeside", Name: "Lakeside Family Clinic", NPI: "1234567893", Active: true}, "LAKESIDE-2026"},
	{account.Organization{ID: "harbor", Name: "Harbor Home Health", NPI: "1245319599", Active: true}, "HARBOR-2026"},
}

// People are the sample accounts.
var People = []account.Account{
	registered("dwhitfield", "Dana", "Whitfield", "dana.phone@lakeside.example", "+12025550185", account.User),
	registered("enavarro", "Eli", "Navarro", "eli.email@lakeside.example", "", account.User),
	registered("palvarez", "Pat", "Alvarez", "pat.admin@lakeside.example", "+12025550142", account.Admin),
	imported("jrivera", "Jo", "Rivera", "lakeside"),
	imported("mchen", "Min", "Chen", "lakeside"),
	imported("bwright", "Bea", "Wright", "lakeside"),
	imported("hsoto", "Hal", "Soto", "harbor"),
}

// SampleID is the id of a sample person: as opaque as a real one (OIDC-9), and the
// same from release to release.
func SampleID(username string) string {
	sum := sha256.Sum256([]byte("sallyport sample " + username))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:26]
}

func registered(username, first, last, email, phone string, role account.Role) account.Account {
	method := account.EmailMethod
	if phone != "" {
		method = account.PhoneMethod
	}
	return account.Account{ID: SampleID(username), OrganizationID: "lakeside", Organization: Organizations[0].Name, Username: username, Email: email,
		FirstName: first, LastName: last, Role: role, State: account.Registered, Method: method, Phone: phone, Epoch: 1}
}

func imported(username, first, last, org string) account.Account {
	name := Organizations[0].Name
	if org == "harbor" {
		name = Organizations[1].Name
	}
	return account.Account{ID: SampleID(username), OrganizationID: org, Organization: name, Username: username, Email: username + "@" + org + ".example",
		FirstName: first, LastName: last, Role: account.User, State: account.Imported, Epoch: 1}
}

// Seed adds the sample organisations and people to an empty database, all or
// none, and does nothing where there are accounts.
func Seed(ctx context.Context, s *store.Store, cost passhash.Cost) error {
	if first, err := s.AccountByUsername(s.Read(ctx), People[0].Username); err != nil {
		return err
	} else if first != nil {
		return s.Write(ctx, func(tx *sqldb.Tx) error { return seedCodes(tx, s) })
	}
	people := make([]account.Account, len(People))
	hash := passhash.Hash(Password, cost) // outside the transaction; everybody knows the password, so one salt is enough
	for i, p := range People {
		if p.State == account.Imported {
			p.OldHash, p.FileEmail = OldHash, p.Email
		} else {
			p.PasswordHash = hash
		}
		people[i] = p
	}
	return s.Write(ctx, func(tx *sqldb.Tx) error {
		for _, o := range Organizations {
			if err := s.InsertOrganization(tx, o.Organization); err != nil {
				return err
			}
		}
		if err := seedCodes(tx, s); err != nil {
			return err
		}
		for _, p := range people {
			if err := s.InsertAccount(tx, p); err != nil {
				return err
			}
		}
		return nil
	})
}

// seedCodes adds the sample registration codes where they are missing: a demo of
// an earlier release has none. They neither expire nor wear out.
func seedCodes(tx *sqldb.Tx, s *store.Store) error {
	for _, o := range Organizations {
		found, _, err := s.OrganizationByCode(tx, o.NPI, o.Code)
		if err != nil {
			return err
		}
		if found != nil {
			continue
		}
		code := store.RegistrationCode{ID: o.ID, OrganizationID: o.ID, Code: o.Code, MostUses: 1_000_000, ExpiresAt: tx.Now.AddDate(100, 0, 0)}
		if err := s.InsertRegistrationCode(tx, code); err != nil {
			return err
		}
	}
	return nil
}
