package store

import (
	"time"

	"sallyport/internal/sqldb"
)

// Stages of a registration, in its order; everybody who is not staff is at one.
var Stages = []string{"not_started", "begun", "mailbox", "half_phone", "half_email", "reset", "phone", "email", "disabled"}

// stage is an account's, in SQL.
const stage = `CASE WHEN a.state = 'disabled' THEN 'disabled' WHEN a.state = 'registered' THEN a.method WHEN a.reset_at > 0 THEN 'reset'
	WHEN a.state = 'half' THEN CASE WHEN a.method = 'email' THEN 'half_email' ELSE 'half_phone' END WHEN a.progress = '' THEN 'not_started' ELSE a.progress END`

// CountStages counts people by stage: of one organisation, or of all where it is empty.
// It looks at every account of theirs.
func (s *Store) CountStages(tx *sqldb.Tx, organization string) (map[string]int, error) {
	where, args := `a.staff_roles = ''`, []any{}
	if organization != "" {
		where, args = where+` AND a.organization_id = $1`, append(args, organization)
	}
	rows, err := tx.Query(`SELECT `+stage+` AS stage, COUNT(*) FROM account a WHERE `+where+` GROUP BY 1`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[string]int{}
	for rows.Next() {
		var at string
		var n int
		if err := rows.Scan(&at, &n); err != nil {
			return nil, err
		}
		counts[at] = n
	}
	return counts, rows.Err()
}

// Day is how many registered on one day, by method.
type Day struct {
	Day          time.Time // its midnight, UTC
	Phone, Email int
}

const day = int64(24 * time.Hour / time.Microsecond)

// RegisteredByDay counts who registered since, by day; days without anybody are left out.
func (s *Store) RegisteredByDay(tx *sqldb.Tx, organization string, since time.Time) (list []Day, err error) {
	where, args := `registered_at >= $1`, []any{sqldb.Micros(since), day}
	if organization != "" {
		where, args = where+` AND organization_id = $3`, append(args, organization)
	}
	rows, err := tx.Query(`SELECT registered_at / $2 AS day, SUM(CASE WHEN method = 'phone' THEN 1 ELSE 0 END), SUM(CASE WHEN method = 'email' THEN 1 ELSE 0 END)
		FROM account WHERE `+where+` GROUP BY 1 ORDER BY 1`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var d Day
		var n int64
		if err := rows.Scan(&n, &d.Phone, &d.Email); err != nil {
			return nil, err
		}
		d.Day = sqldb.Time(n * day)
		list = append(list, d)
	}
	return list, rows.Err()
}

// OrganizationStages is one organisation's progress.
type OrganizationStages struct {
	ID, Name, NPI string
	Stages        map[string]int
}

// StagesByOrganization goes through every organisation, by name.
func (s *Store) StagesByOrganization(tx *sqldb.Tx, each func(OrganizationStages) error) error {
	rows, err := tx.Query(`SELECT o.id, o.name, o.npi, ` + stage + ` AS stage, COUNT(*) FROM organization o JOIN account a ON a.organization_id = o.id
		WHERE a.staff_roles = '' GROUP BY o.by_name, o.id, o.name, o.npi, 4 ORDER BY o.by_name, o.id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	now := OrganizationStages{}
	for rows.Next() {
		var o OrganizationStages
		var at string
		var n int
		if err := rows.Scan(&o.ID, &o.Name, &o.NPI, &at, &n); err != nil {
			return err
		}
		if o.ID != now.ID {
			if now.ID != "" {
				if err := each(now); err != nil {
					return err
				}
			}
			now, now.Stages = o, map[string]int{}
		}
		now.Stages[at] = n
	}
	if err := rows.Err(); err != nil || now.ID == "" {
		return err
	}
	return each(now)
}
