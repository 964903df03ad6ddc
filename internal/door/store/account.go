package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"sallyport/internal/door/account"
	"sallyport/internal/sqldb"
)

// accountColumns and scanAccount belong together: a column is added to both.
const accountColumns = `a.id, a.organization_id, o.name, o.npi, a.username, a.email, a.first_name, a.last_name, a.role,
	a.state, a.method, a.phone, a.password_hash, a.old_password_hash, a.file_email, a.epoch, a.created_at, a.registered_at, a.terms_version,
	a.reset_at, a.enabled_state, a.progress, a.staff_roles, a.lang, a.phone_proven_at, a.reported_at`

// accountScan reads accountColumns, all of them NULL where a LEFT JOIN found none.
type accountScan struct {
	id, org, orgName, npi, username, email, first, last, role, state, method, hash, oldHash, fileEmail, terms sql.NullString
	enabledState, progress, staffRoles, lang                                                                  sql.NullString
	phone                                                                                                     []byte
	epoch, createdAt, registeredAt, resetAt, phoneProvenAt, reportedAt                                        sql.NullInt64
}

func (r *accountScan) into() []any {
	return []any{&r.id, &r.org, &r.orgName, &r.npi, &r.username, &r.email, &r.first, &r.last, &r.role,
		&r.state, &r.method, &r.phone, &r.hash, &r.oldHash, &r.fileEmail, &r.epoch, &r.createdAt, &r.registeredAt, &r.terms,
		&r.resetAt, &r.enabledState, &r.progress, &r.staffRoles, &r.lang, &r.phoneProvenAt, &r.reportedAt}
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
		ResetAt: sqldb.Time(r.resetAt.Int64), EnabledState: account.State(r.enabledState.String), Progress: account.Progress(r.progress.String), Lang: r.lang.String,
		PhoneProvenAt: sqldb.Time(r.phoneProvenAt.Int64), ReportedAt: sqldb.Time(r.reportedAt.Int64),
	}
	if r.staffRoles.String != "" {
		a.StaffRoles = strings.Fields(r.staffRoles.String)
	}
	if a.State == account.Half && !a.ResetAt.IsZero() { // old code knows it as half-way, which leads nowhere without a factor
		a.State = account.Reset
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

// signsIn is the condition of the unique index account_sign_in, word for word: whose
// address is theirs alone.
const signsIn = `(a.state IN ('half', 'registered') OR a.enabled_state IN ('half', 'registered'))`

// AccountByEmail returns who signs in with this folded address, or nil. An
// imported account is not found by the address on file.
func (s *Store) AccountByEmail(tx *sqldb.Tx, email string) (*account.Account, error) {
	return s.oneAccount(tx, `a.email = $1 AND `+signsIn, email)
}

// AccountToRegister returns who begins a registration under this folded username or,
// after an administrator's reset, sign-in address; or nil. One statement for both, so
// that all cost the same.
func (s *Store) AccountToRegister(tx *sqldb.Tx, typed string) (*account.Account, error) {
	return s.oneAccount(tx, `a.username = $1 OR (a.email = $1 AND a.reset_at > 0 AND `+signsIn+`) ORDER BY a.username = $1 DESC LIMIT 1`, typed)
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
			state, method, phone, phone_index, password_hash, epoch, created_at, old_password_hash, file_email, registered_at, terms_version,
			staff_roles, lang, by_last, by_first)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
		a.ID, a.OrganizationID, a.Username, a.Email, a.FirstName, a.LastName, string(a.Role),
		string(a.State), string(a.Method), phone, index, a.PasswordHash, a.Epoch, sqldb.Micros(tx.Now), a.OldHash, a.FileEmail, sqldb.Micros(a.RegisteredAt), nullable(a.Terms),
		strings.Join(a.StaffRoles, " "), a.Lang, strings.ToLower(a.LastName+" "+a.FirstName), strings.ToLower(a.FirstName+" "+a.LastName))
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

// ResetRegistration takes the second factor away, ends everything that is open, here
// and at every relying party, every link included, and keeps address and password. The
// address on file stays, also where the person signs in with another (H1). False where
// the account changed.
func (s *Store) ResetRegistration(tx *sqldb.Tx, id string, epoch int64) (bool, error) {
	return s.close(tx, `state = 'half', reset_at = $1, progress = '', method = '', phone = NULL, phone_index = NULL, registered_at = 0,
		file_email = CASE WHEN file_email = '' THEN email ELSE file_email END,
		epoch = epoch + 1 WHERE id = $2 AND epoch = $3 AND state IN ('half', 'registered')`, id, sqldb.Micros(tx.Now), id, epoch)
}

// ResetUnfinished takes back what was begun with an account that was never registered: the
// address on file is its only one, and no password opens it until somebody with that
// mailbox chooses one. False where the account changed.
func (s *Store) ResetUnfinished(tx *sqldb.Tx, id string, epoch int64) (bool, error) {
	return s.close(tx, `email = file_email, password_hash = '', phone = NULL, phone_index = NULL,
		epoch = epoch + 1 WHERE id = $1 AND epoch = $2 AND state = 'half' AND reset_at = 0 AND file_email <> ''`, id, id, epoch)
}

// PhoneProven notes that the telephone was at hand just now (T-27).
func (s *Store) PhoneProven(tx *sqldb.Tx, id string) error {
	return tx.Later(`UPDATE account SET phone_proven_at = $1 WHERE id = $2`, sqldb.Micros(tx.Now), id)
}

// Disable lets nothing open any more, until Enable; its links end for good. False where
// the account changed.
func (s *Store) Disable(tx *sqldb.Tx, id string, epoch int64) (bool, error) {
	return s.close(tx, `enabled_state = state, state = 'disabled', epoch = epoch + 1 WHERE id = $1 AND epoch = $2 AND state <> 'disabled'`, id, id, epoch)
}

// Enable makes a disabled account what it was before. False where the account changed.
func (s *Store) Enable(tx *sqldb.Tx, id string, epoch int64) (bool, error) {
	return s.change(tx, `state = enabled_state, enabled_state = '', epoch = epoch + 1 WHERE id = $1 AND epoch = $2 AND state = 'disabled' AND enabled_state <> ''`, id, id, epoch)
}

// ChangeRole changes what the person may do in their organisation. False where the
// account changed.
func (s *Store) ChangeRole(tx *sqldb.Tx, id string, epoch int64, role account.Role) (bool, error) {
	return s.change(tx, `role = $1, epoch = epoch + 1 WHERE id = $2 AND epoch = $3`, id, string(role), id, epoch)
}

// change updates an account whose epoch rises, and ends what relying parties have.
func (s *Store) change(tx *sqldb.Tx, set, id string, args ...any) (bool, error) {
	n, err := tx.Exec(`UPDATE account SET `+set, args...)
	if err != nil || n == 0 {
		return false, err
	}
	return true, s.EndGrantsOfAccount(tx, id)
}

// close is change, and ends every link of the account.
func (s *Store) close(tx *sqldb.Tx, set, id string, args ...any) (bool, error) {
	done, err := s.change(tx, set, id, args...)
	if err != nil || !done {
		return false, err
	}
	return true, s.EndLinks(tx, id)
}

// SetProgress notes how far a registration came.
func (s *Store) SetProgress(tx *sqldb.Tx, id string, p account.Progress) error {
	return tx.Later(`UPDATE account SET progress = $1 WHERE id = $2`, string(p), id)
}

// SetPassword puts another password in force and ends everything that is open. False
// where the account changed. The epoch rises by one.
func (s *Store) SetPassword(tx *sqldb.Tx, id string, epoch int64, hash string) (bool, error) {
	n, err := tx.Exec(`UPDATE account SET password_hash = $1, epoch = epoch + 1, reported_at = 0 WHERE id = $2 AND epoch = $3 AND state IN ('registered', 'half')`, hash, id, epoch)
	if err != nil || n == 0 {
		return false, err
	}
	return true, s.EndGrantsOfAccount(tx, id)
}

// EndEverything ends whatever is open for an account, here and at every relying party.
func (s *Store) EndEverything(tx *sqldb.Tx, id string) error {
	_, err := s.change(tx, `epoch = epoch + 1 WHERE id = $1`, id, id)
	return err
}

// ForgetPassword leaves the account without any password: only a reset by its
// owner opens it again. The epoch rises.
func (s *Store) ForgetPassword(tx *sqldb.Tx, id string) error {
	return s.raiseEpoch(tx, id, `password_hash = $1`, "")
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
