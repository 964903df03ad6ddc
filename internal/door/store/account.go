package store

import (
	"database/sql"
	"errors"
	"fmt"

	"sallyport/internal/door/account"
	"sallyport/internal/sqldb"
)

// accountColumns and scanAccount belong together: a column is added to both.
const accountColumns = `a.id, a.organization_id, o.name, o.npi, a.username, a.email, a.first_name, a.last_name, a.role,
	a.state, a.method, a.phone, a.password_hash, a.old_password_hash, a.file_email, a.epoch, a.created_at, a.registered_at, a.terms_version`

// accountScan reads accountColumns, all of them NULL where a LEFT JOIN found none.
type accountScan struct {
	id, org, orgName, npi, username, email, first, last, role, state, method, hash, oldHash, fileEmail, terms sql.NullString
	phone                                                                                                     []byte
	epoch, createdAt, registeredAt                                                                            sql.NullInt64
}

func (r *accountScan) into() []any {
	return []any{&r.id, &r.org, &r.orgName, &r.npi, &r.username, &r.email, &r.first, &r.last, &r.role,
		&r.state, &r.method, &r.phone, &r.hash, &r.oldHash, &r.fileEmail, &r.epoch, &r.createdAt, &r.registeredAt, &r.terms}
}

// account returns nil where there was no row.
func (r *accountScan) account(s *Store) (*account.Account, error) {
	if !r.id.Valid {
		return nil, nil
	}
	a := &account.Account{
		ID: r.id.String, OrganizationID: r.org.String, Organization: r.orgName.String, NPI: r.npi.String, Username: r.username.String,
		Email: r.email.String, FirstName: r.first.String, LastName: r.last.String, Role: account.Role(r.role.String),
		State: account.State(r.state.String), Method: account.Method(r.method.String), PasswordHash: r.hash.String, OldHash: r.oldHash.String, FileEmail: r.fileEmail.String,
		Epoch: r.epoch.Int64, CreatedAt: sqldb.Time(r.createdAt.Int64), RegisteredAt: sqldb.Time(r.registeredAt.Int64), Terms: r.terms.String,
	}
	if r.phone != nil {
		phone, err := s.Keys.Open("account.phone:"+a.ID, r.phone)
		if err != nil {
			return nil, fmt.Errorf("account %s: phone: %w", a.ID, err)
		}
		a.Phone = string(phone)
	}
	return a, nil
}

// AccountByEmail returns who signs in with this folded address, or nil. An
// imported account is not found by the address on file.
func (s *Store) AccountByEmail(tx *sqldb.Tx, email string) (*account.Account, error) {
	return s.oneAccount(tx, `a.email = $1 AND a.state <> 'imported'`, email)
}

// AccountByUsername returns who has this folded username, or nil.
func (s *Store) AccountByUsername(tx *sqldb.Tx, username string) (*account.Account, error) {
	return s.oneAccount(tx, `a.username = $1`, username)
}

// AccountByID returns the account, or nil.
func (s *Store) AccountByID(tx *sqldb.Tx, id string) (*account.Account, error) {
	return s.oneAccount(tx, `a.id = $1`, id)
}

func (s *Store) oneAccount(tx *sqldb.Tx, where string, args ...any) (*account.Account, error) {
	var row accountScan
	err := tx.QueryRow(`SELECT `+accountColumns+` FROM account a JOIN organization o ON o.id = a.organization_id WHERE `+where, args...).Scan(row.into()...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return row.account(s)
}

// InsertAccount adds an account. A taken username or e-mail address is
// sqldb.Duplicate.
func (s *Store) InsertAccount(tx *sqldb.Tx, a account.Account) error {
	phone, index := s.sealPhone(a.ID, a.Phone)
	_, err := tx.Exec(`INSERT INTO account (id, organization_id, username, email, first_name, last_name, role,
			state, method, phone, phone_index, password_hash, epoch, created_at, old_password_hash, file_email, registered_at, terms_version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		a.ID, a.OrganizationID, a.Username, a.Email, a.FirstName, a.LastName, string(a.Role),
		string(a.State), string(a.Method), phone, index, a.PasswordHash, a.Epoch, sqldb.Micros(tx.Now), a.OldHash, a.FileEmail, sqldb.Micros(a.RegisteredAt), nullable(a.Terms))
	if err != nil || a.OldHash == "" {
		return err
	}
	return s.addDecoy(tx, a.OldHash)
}

func (s *Store) sealPhone(accountID, e164 string) (sealed, index []byte) {
	if e164 == "" {
		return nil, nil
	}
	return s.Keys.Seal("account.phone:"+accountID, []byte(e164)), s.Keys.Hash("phone", e164)
}

// SetState changes an account's state. Its epoch rises: whatever is open ends,
// here and at every relying party.
func (s *Store) SetState(tx *sqldb.Tx, id string, state account.State) error {
	return s.raiseEpoch(tx, id, `state = $1`, string(state))
}

// SetPassword puts another password in force and ends everything that is open. False
// where the account changed. The epoch rises by one.
func (s *Store) SetPassword(tx *sqldb.Tx, id string, epoch int64, hash string) (bool, error) {
	n, err := tx.Exec(`UPDATE account SET password_hash = $1, epoch = epoch + 1 WHERE id = $2 AND epoch = $3 AND state IN ('registered', 'half')`, hash, id, epoch)
	if err != nil || n == 0 {
		return false, err
	}
	return true, s.EndGrantsOfAccount(tx, id)
}

// ForgetPassword leaves the account without any password: only a reset by its
// owner opens it again. The epoch rises.
func (s *Store) ForgetPassword(tx *sqldb.Tx, id string) error {
	return s.raiseEpoch(tx, id, `password_hash = $1`, "")
}

// SetRole changes what the person may do in their organisation. The epoch rises.
func (s *Store) SetRole(tx *sqldb.Tx, id string, role account.Role) error {
	return s.raiseEpoch(tx, id, `role = $1`, string(role))
}

// SetOrganization moves the account to another organisation. The epoch rises.
func (s *Store) SetOrganization(tx *sqldb.Tx, id, organizationID string) error {
	return s.raiseEpoch(tx, id, `organization_id = $1`, organizationID)
}

// raiseEpoch changes a column and ends everything that is open: one update for
// what is ours, and a message to every relying party.
func (s *Store) raiseEpoch(tx *sqldb.Tx, id, set, value string) error {
	if _, err := tx.Exec(`UPDATE account SET `+set+`, epoch = epoch + 1 WHERE id = $2`, value, id); err != nil {
		return err
	}
	return s.EndGrantsOfAccount(tx, id)
}
