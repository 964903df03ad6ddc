package store

import (
	"strings"

	"sallyport/internal/portal"
	"sallyport/internal/sqldb"
)

// PutCodes adds codes to an operator's list, or brings their descriptions up to date. Each
// says whether it was added or changed.
func (s *Store) PutCodes(tx *sqldb.Tx, system portal.CodeSystem, list []portal.Code, importID string, told func(added, changed bool)) error {
	args := []any{string(system)}
	for _, c := range list {
		args = append(args, bare(c.Code))
	}
	there, err := s.codes(tx, system, `code IN (`+places(2, len(list))+`)`, args...)
	if err != nil {
		return err
	}
	was := map[string]string{}
	for _, c := range there {
		was[c.Code] = c.Description
	}
	for _, c := range list {
		_, err := tx.Exec(`INSERT INTO code (system, code, description, folded, import_id) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (system, code) DO UPDATE SET description = excluded.description, folded = excluded.folded, import_id = excluded.import_id`,
			string(system), bare(c.Code), c.Description, strings.ToLower(c.Description), importID)
		if err != nil {
			return err
		}
		text, known := was[c.Code]
		was[c.Code] = c.Description
		told(!known, known && text != c.Description)
	}
	return nil
}

// RetireCodes deletes what a whole file has no more, and returns how many those are.
func (s *Store) RetireCodes(tx *sqldb.Tx, system portal.CodeSystem, importID string) (int64, error) {
	return tx.Exec(`DELETE FROM code WHERE system = $1 AND import_id <> $2`, string(system), importID)
}

// HasCodes tells whether the operator has a list of this system.
func (s *Store) HasCodes(tx *sqldb.Tx, system portal.CodeSystem) (bool, error) {
	var there bool
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM code WHERE system = $1)`, string(system)).Scan(&there)
	return there, err
}

// Descriptions returns what the operator's list says of codes; those that it has not are
// missing.
func (s *Store) Descriptions(tx *sqldb.Tx, system portal.CodeSystem, codes []string) (map[string]string, error) {
	found := map[string]string{}
	if len(codes) == 0 {
		return found, nil
	}
	args := []any{string(system)}
	for _, c := range codes {
		args = append(args, bare(c))
	}
	list, err := s.codes(tx, system, `code IN (`+places(2, len(codes))+`)`, args...)
	for _, c := range list {
		found[c.Code] = c.Description
	}
	return found, err
}

// mostOffered is how many codes a look-up offers.
const mostOffered = 20

// FindCodes returns codes that begin with what was typed, or whose description has it.
func (s *Store) FindCodes(tx *sqldb.Tx, system portal.CodeSystem, typed string) ([]portal.Code, error) {
	escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace
	return s.codes(tx, system, `(code LIKE $2 ESCAPE '\' OR folded LIKE $3 ESCAPE '\') ORDER BY CASE WHEN code LIKE $2 ESCAPE '\' THEN 0 ELSE 1 END, code LIMIT $4`,
		string(system), escape(bare(strings.ToUpper(typed)))+"%", "%"+escape(strings.ToLower(typed))+"%", mostOffered)
}

func (s *Store) codes(tx *sqldb.Tx, system portal.CodeSystem, which string, args ...any) (list []portal.Code, err error) {
	rows, err := tx.Query(`SELECT code, description FROM code WHERE system = $1 AND `+which, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		c := portal.Code{System: system}
		if err := rows.Scan(&c.Code, &c.Description); err != nil {
			return nil, err
		}
		c.Code = system.Dotted(c.Code)
		list = append(list, c)
	}
	return list, rows.Err()
}

// bare is how a code is kept.
func bare(code string) string { return strings.ReplaceAll(code, ".", "") }
