package store

import (
	"database/sql"
	"errors"
	"time"

	"sallyport/internal/door/account"
	"sallyport/internal/sqldb"
)

// RegistrationCode lets new providers register users of one organisation: so many,
// until then (TM-24).
type RegistrationCode struct {
	ID             string
	OrganizationID string
	Code           string // only when it is added; a keyed hash is kept
	MostUses       int
	ExpiresAt      time.Time
	IssuedBy       string // account; from RegistrationCodesOf: name; empty: the operator
	Uses           int
	CreatedAt      time.Time
}

// InsertRegistrationCode adds a code.
func (s *Store) InsertRegistrationCode(tx *sqldb.Tx, c RegistrationCode) error {
	_, err := tx.Exec(`INSERT INTO registration_code (id, organization_id, code, uses, most_uses, created_at, expires_at, issued_by) VALUES ($1, $2, $3, 0, $4, $5, $6, $7)`,
		c.ID, c.OrganizationID, s.codeHash(c.Code), c.MostUses, sqldb.Micros(tx.Now), sqldb.Micros(c.ExpiresAt), c.IssuedBy)
	return err
}

func (s *Store) codeHash(code string) []byte {
	return s.Keys.Hash("registration code", account.FoldRegistrationCode(code))
}

// OrganizationByCode returns the active organisation of this NPI that the code
// opens, and the code's id; nil where they don't belong together, or no longer.
// Whatever is wrong costs the same: one statement.
func (s *Store) OrganizationByCode(tx *sqldb.Tx, npi, code string) (o *account.Organization, codeID string, err error) {
	o = &account.Organization{Active: true}
	err = tx.QueryRow(`SELECT o.id, o.name, o.npi, c.id FROM registration_code c JOIN organization o ON o.id = c.organization_id
		WHERE o.npi = $1 AND o.active AND c.code = $2 AND c.uses < c.most_uses AND c.expires_at > $3`, npi, s.codeHash(code), sqldb.Micros(tx.Now)).Scan(&o.ID, &o.Name, &o.NPI, &codeID)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, "", nil
	}
	return o, codeID, err
}

// UseRegistrationCode counts a use and tells whether it was there to be had: of
// two who race for the last one, one gets it.
func (s *Store) UseRegistrationCode(tx *sqldb.Tx, id string) (bool, error) {
	n, err := tx.Exec(`UPDATE registration_code SET uses = uses + 1 WHERE id = $1 AND uses < most_uses AND expires_at > $2`, id, sqldb.Micros(tx.Now))
	return n == 1, err
}

// RegistrationCodesOf returns an organisation's codes, the newest first, at most a
// hundred.
func (s *Store) RegistrationCodesOf(tx *sqldb.Tx, organizationID string) (list []RegistrationCode, err error) {
	rows, err := tx.Query(`SELECT c.id, c.uses, c.most_uses, c.created_at, c.expires_at, COALESCE(a.first_name || ' ' || a.last_name, '')
		FROM registration_code c LEFT JOIN account a ON a.id = c.issued_by WHERE c.organization_id = $1 ORDER BY c.created_at DESC, c.id LIMIT 100`, organizationID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		c := RegistrationCode{OrganizationID: organizationID}
		var created, expires int64
		if err := rows.Scan(&c.ID, &c.Uses, &c.MostUses, &created, &expires, &c.IssuedBy); err != nil {
			return nil, err
		}
		c.CreatedAt, c.ExpiresAt = sqldb.Time(created), sqldb.Time(expires)
		list = append(list, c)
	}
	return list, rows.Err()
}

// ExpireRegistrationCode ends a code of that organisation now, and tells whether it
// has one of this id.
func (s *Store) ExpireRegistrationCode(tx *sqldb.Tx, organizationID, id string) (bool, error) {
	n, err := tx.Exec(`UPDATE registration_code SET expires_at = CASE WHEN expires_at > $1 THEN CAST($1 AS BIGINT) ELSE expires_at END WHERE id = $2 AND organization_id = $3`,
		sqldb.Micros(tx.Now), id, organizationID)
	return n == 1, err
}

// PutProfile keeps what a new provider's user told of where they work.
func (s *Store) PutProfile(tx *sqldb.Tx, accountID string, p account.Profile) error {
	seal := func(column, e164 string) []byte {
		if e164 == "" {
			return nil
		}
		return s.Keys.Seal("account_profile."+column+":"+accountID, []byte(e164))
	}
	_, err := tx.Exec(`INSERT INTO account_profile (account_id, address1, address2, city, state, zip, phone, fax) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		accountID, p.Address1, p.Address2, p.City, p.State, p.ZIP, seal("phone", p.Phone), seal("fax", p.Fax))
	return err
}

// PutNobody costs what InsertAccount and PutProfile cost, for an address that is
// taken, and adds nothing: id was drawn just now.
func (s *Store) PutNobody(tx *sqldb.Tx, id string) error {
	if _, err := tx.Exec(`DELETE FROM account_profile WHERE account_id = $1`, id); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM account WHERE id = $1`, id)
	return err
}

// ProfileOf returns it, or nil.
func (s *Store) ProfileOf(tx *sqldb.Tx, accountID string) (*account.Profile, error) {
	p := &account.Profile{}
	var phone, fax []byte
	err := tx.QueryRow(`SELECT address1, address2, city, state, zip, phone, fax FROM account_profile WHERE account_id = $1`, accountID).
		Scan(&p.Address1, &p.Address2, &p.City, &p.State, &p.ZIP, &phone, &fax)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	for column, field := range map[string]struct {
		sealed []byte
		into   *string
	}{"phone": {phone, &p.Phone}, "fax": {fax, &p.Fax}} {
		if err != nil || field.sealed == nil {
			continue
		}
		var plain []byte
		plain, err = s.Keys.Open("account_profile."+column+":"+accountID, field.sealed)
		*field.into = string(plain)
	}
	return p, err
}
