package store

import (
	"database/sql"
	"errors"
	"time"

	"sallyport/internal/sqldb"
)

// ClientRow is a relying party as `sallyport client` registered it. What it may
// do is in Settings, JSON that door/op reads.
type ClientRow struct {
	ID             string
	Name           string
	Secret         []byte // keyed hash; nil: a public client
	OldSecret      []byte // keyed hash of the one before
	OldSecretUntil time.Time
	Settings       []byte
	CreatedAt      time.Time
}

const clientColumns = `id, name, secret, old_secret, old_secret_until, settings, created_at`

func scanClient(scan func(...any) error) (*ClientRow, error) {
	c := &ClientRow{}
	var until, created int64
	var settings string
	if err := scan(&c.ID, &c.Name, &c.Secret, &c.OldSecret, &until, &settings, &created); err != nil {
		return nil, err
	}
	c.OldSecretUntil, c.CreatedAt, c.Settings = sqldb.Time(until), sqldb.Time(created), []byte(settings)
	return c, nil
}

// InsertClient registers a relying party. A taken id is sqldb.Duplicate.
func (s *Store) InsertClient(tx *sqldb.Tx, c *ClientRow) error {
	_, err := tx.Exec(`INSERT INTO client (`+clientColumns+`) VALUES ($1, $2, $3, NULL, 0, $4, $5)`,
		c.ID, c.Name, c.Secret, string(c.Settings), sqldb.Micros(tx.Now))
	return err
}

// ClientByID returns a registered relying party, or nil.
func (s *Store) ClientByID(tx *sqldb.Tx, id string) (*ClientRow, error) {
	c, err := scanClient(tx.QueryRow(`SELECT `+clientColumns+` FROM client WHERE id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return c, err
}

// Clients returns all of them, by name.
func (s *Store) Clients(tx *sqldb.Tx) (list []*ClientRow, err error) {
	rows, err := tx.Query(`SELECT ` + clientColumns + ` FROM client ORDER BY name, id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		c, err := scanClient(rows.Scan)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// RotateClientSecret puts a new secret in force; the present one works until then.
// It tells whether there is such a confidential client.
func (s *Store) RotateClientSecret(tx *sqldb.Tx, id string, next []byte, until time.Time) (bool, error) {
	n, err := tx.Exec(`UPDATE client SET old_secret = secret, old_secret_until = $1, secret = $2 WHERE id = $3 AND secret IS NOT NULL`,
		sqldb.Micros(until), next, id)
	return n == 1, err
}

// DeleteClient removes a relying party and ends everything it has, and tells
// whether it was there.
func (s *Store) DeleteClient(tx *sqldb.Tx, id string) (bool, error) {
	n, err := tx.Exec(`DELETE FROM client WHERE id = $1`, id)
	if err != nil || n == 0 {
		return false, err
	}
	return true, s.EndGrantsOfClient(tx, id)
}
