package store

import (
	"strings"

	"sallyport/internal/portal"
	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// consumersAtOnce is how many one statement adds: a round trip to PostgreSQL costs more
// than a row.
var consumersAtOnce = map[sqldb.Dialect]int{sqldb.SQLite: 1, sqldb.Postgres: 100}

// PutConsumers adds consumers of a contract, by their numbers, or brings their names and
// birth dates up to date. Each says whether it was added or changed.
func (s *Store) PutConsumers(tx *sqldb.Tx, contractID string, list []portal.Consumer, told func(added, changed bool)) error {
	known, err := s.numbered(tx, contractID, list)
	if err != nil {
		return err
	}
	var fresh []portal.Consumer
	for _, c := range list {
		was, there := known[c.Number]
		changed := there && (was.FirstName != c.FirstName || was.LastName != c.LastName || was.BirthDate != c.BirthDate)
		if told(!there, changed); !there {
			fresh = append(fresh, c)
		}
		if !changed {
			continue
		}
		c.ID = was.ID
		sealed, err := s.sealPerson(&c)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE consumer SET person = $1, looked_by = $2 WHERE id = $3`, sealed, s.lookedBy(c.FirstName, c.LastName, c.BirthDate), c.ID); err != nil {
			return err
		}
	}
	return s.insertConsumers(tx, contractID, fresh)
}

// numbered are those there are of a contract that have the numbers of the list.
func (s *Store) numbered(tx *sqldb.Tx, contractID string, list []portal.Consumer) (map[string]portal.Consumer, error) {
	known := map[string]portal.Consumer{}
	args := []any{contractID}
	for _, c := range list {
		args = append(args, c.Number)
	}
	for n := len(list); n&(n-1) != 0; n++ { // few different texts
		args = append(args, list[0].Number)
	}
	rows, err := tx.Query(`SELECT id, number, person FROM consumer WHERE contract_id = $1 AND number IN (`+places(2, len(args)-1)+`)`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c portal.Consumer
		var sealed []byte
		if err := rows.Scan(&c.ID, &c.Number, &sealed); err != nil {
			return nil, err
		}
		if err := s.openPerson(&c, sealed); err != nil {
			return nil, err
		}
		known[c.Number] = c
	}
	return known, rows.Err()
}

func (s *Store) insertConsumers(tx *sqldb.Tx, contractID string, list []portal.Consumer) error {
	const columns = 7
	for len(list) > 0 {
		n := min(len(list), consumersAtOnce[tx.Dialect])
		var args []any
		var values []string
		for i, c := range list[:n] {
			c.ID = secret.TimeID(tx.Now)
			sealed, err := s.sealPerson(&c)
			if err != nil {
				return err
			}
			args = append(args, c.ID, contractID, c.Number, sealed, s.lookedBy(c.FirstName, c.LastName, c.BirthDate), "", sqldb.Micros(tx.Now))
			values = append(values, "("+places(i*columns+1, columns)+")")
		}
		if _, err := tx.Exec(`INSERT INTO consumer (id, contract_id, number, person, looked_by, added_by, added_at) VALUES `+strings.Join(values, ", "), args...); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}
