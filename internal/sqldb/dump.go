package sqldb

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Table is one table as a dump has it: a line of JSON, and a line for each row.
type Table struct {
	Name    string   `json:"table"`
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`

	kinds []string // BIGINT, BOOLEAN, BYTEA, TEXT
}

// ErrDump means that what is read is no dump, or does not fit this schema.
var ErrDump = errors.New("not a dump of this schema")

// Tables lists the tables but those to skip, first ones first: what others refer to.
func (tx *Tx) Tables(first, skip []string) (list []Table, err error) {
	query := `SELECT table_name, column_name, UPPER(data_type) FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA() ORDER BY table_name, ordinal_position`
	if tx.Dialect == SQLite {
		query = `SELECT m.name, c.name, UPPER(c.type) FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY m.name, c.cid`
	}
	rows, err := tx.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var table, column, kind string
		if err := rows.Scan(&table, &column, &kind); err != nil {
			return nil, err
		}
		if strings.HasPrefix(table, "goose_") || slices.Contains(skip, table) {
			continue
		}
		if len(list) == 0 || list[len(list)-1].Name != table {
			list = append(list, Table{Name: table})
		}
		t := &list[len(list)-1]
		t.Columns, t.kinds = append(t.Columns, column), append(t.kinds, kind)
	}
	slices.SortStableFunc(list, func(a, b Table) int { return rank(first, a.Name) - rank(first, b.Name) })
	return list, rows.Err()
}

func rank(first []string, name string) int {
	if i := slices.Index(first, name); i >= 0 {
		return i
	}
	return len(first)
}

// Dump writes a table: its head, then each row as a JSON array; bytes are base64.
func (tx *Tx) Dump(out io.Writer, t Table) error {
	if err := tx.QueryRow(`SELECT COUNT(*) FROM ` + t.Name).Scan(&t.Rows); err != nil {
		return err
	}
	lines := json.NewEncoder(out)
	if err := lines.Encode(t); err != nil {
		return err
	}
	rows, err := tx.Query(`SELECT ` + strings.Join(t.Columns, ", ") + ` FROM ` + t.Name)
	if err != nil {
		return err
	}
	defer rows.Close()
	row, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range row {
			if n, ok := v.(int64); ok && t.kinds[i] == "BOOLEAN" { // as SQLite keeps it
				row[i] = n != 0
			}
		}
		if err := lines.Encode(row); err != nil { // []byte becomes base64
			return err
		}
	}
	return rows.Err()
}

// Restore reads a table that Dump wrote, head and rows, into the table of that name,
// which must be empty but for what migrations put there.
func (tx *Tx) Restore(in *json.Decoder, tables []Table) (Table, error) {
	var head Table
	if err := in.Decode(&head); err != nil {
		return head, fmt.Errorf("%w: %w", ErrDump, err)
	}
	i := slices.IndexFunc(tables, func(t Table) bool { return t.Name == head.Name })
	if i < 0 {
		return head, fmt.Errorf("%w: there is no table %q", ErrDump, head.Name)
	}
	kinds := make([]string, len(head.Columns))
	for n, column := range head.Columns {
		at := slices.Index(tables[i].Columns, column)
		if at < 0 {
			return head, fmt.Errorf("%w: %s has no column %q", ErrDump, head.Name, column)
		}
		kinds[n] = tables[i].kinds[at]
	}
	if _, err := tx.Exec(`DELETE FROM ` + head.Name); err != nil { // of migrations
		return head, err
	}
	query := `INSERT INTO ` + head.Name + ` (` + strings.Join(head.Columns, ", ") + `) VALUES (` + numbered(len(head.Columns)) + `)`
	for n := range head.Rows {
		args, err := readRow(in, kinds)
		if err != nil {
			return head, fmt.Errorf("%w: row %d of %s: %w", ErrDump, n+1, head.Name, err)
		}
		if n%500 == 499 { // what waits goes out
			_, err = tx.Exec(query, args...)
		} else {
			err = tx.Later(query, args...)
		}
		if err != nil {
			return head, fmt.Errorf("row %d of %s: %w", n+1, head.Name, err)
		}
	}
	return head, nil
}

func numbered(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("$%d", i+1)
	}
	return strings.Join(list, ", ")
}

func readRow(in *json.Decoder, kinds []string) ([]any, error) {
	var row []json.RawMessage
	if err := in.Decode(&row); err != nil {
		return nil, err
	}
	if len(row) != len(kinds) {
		return nil, fmt.Errorf("%d values for %d columns", len(row), len(kinds))
	}
	args := make([]any, len(row))
	for i, text := range row {
		if string(text) == "null" {
			continue
		}
		var err error
		switch kinds[i] {
		case "BIGINT", "INTEGER":
			var n int64
			err = json.Unmarshal(text, &n)
			args[i] = n
		case "BOOLEAN":
			var b bool
			err = json.Unmarshal(text, &b)
			args[i] = b
		case "BYTEA", "BLOB":
			var s string
			if err = json.Unmarshal(text, &s); err == nil {
				args[i], err = base64.StdEncoding.DecodeString(s)
			}
		default:
			var s string
			err = json.Unmarshal(text, &s)
			args[i] = s
		}
		if err != nil {
			return nil, fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return args, nil
}
