package store

import (
	"database/sql"
	"errors"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// PutProgram adds or renames a programme of a contract.
func (s *Store) PutProgram(tx *sqldb.Tx, p portal.Program) error {
	_, err := tx.Exec(`INSERT INTO program (id, contract_id, name) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET name = excluded.name`, p.ID, p.ContractID, p.Name)
	return err
}

// ProgramByID returns a programme, or nil.
func (s *Store) ProgramByID(tx *sqldb.Tx, id string) (*portal.Program, error) {
	p := portal.Program{ID: id}
	err := tx.QueryRow(`SELECT contract_id, name FROM program WHERE id = $1`, id).Scan(&p.ContractID, &p.Name)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &p, err
}

// ProgramsOf returns the programmes of a contract, by name.
func (s *Store) ProgramsOf(tx *sqldb.Tx, contractID string) (list []portal.Program, err error) {
	rows, err := tx.Query(`SELECT id, contract_id, name FROM program WHERE contract_id = $1 ORDER BY name, id`, contractID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p portal.Program
		if err := rows.Scan(&p.ID, &p.ContractID, &p.Name); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}
