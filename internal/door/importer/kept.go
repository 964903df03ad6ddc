package importer

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"sallyport/internal/intake"
)

// Kept is how many rows kept a password that its owner had revoked or replaced, and the
// file that names them. There is no file in a dry run.
type Kept struct {
	Rows int
	File string
}

// String is a line for the operator; empty where every password was taken.
func (k Kept) String() string {
	if k.Rows == 0 {
		return ""
	}
	text := fmt.Sprintf("%d kept their revoked password: the owner undid a registration or chose another password. The rows' other columns were taken.", k.Rows)
	if k.File != "" {
		text += fmt.Sprintf(" The rows, with line, field and reason, are in %s.", k.File)
	}
	return text
}

// writeKept writes the file of these rows, or removes one of an earlier import.
func (r *run) writeKept(ctx context.Context, id string, o intake.Options) (Kept, error) {
	if o.DryRun {
		return Kept{Rows: len(r.kept)}, nil
	}
	rows, err := r.Store.KeptOldPasswords(r.Store.Read(ctx), id)
	if err != nil {
		return Kept{}, err
	}
	path := o.Rejects
	if path == "" {
		path = o.File
	}
	path += ".notes.csv"
	if len(rows) == 0 {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Kept{}, err
		}
		return Kept{}, nil
	}
	var text bytes.Buffer
	out := csv.NewWriter(&text)
	out.Write([]string{"line", "field", "reason"})
	for _, k := range rows {
		out.Write([]string{strconv.FormatInt(k.Line, 10), "password_hash", intake.Cell(k.Reason)})
	}
	out.Flush()
	return Kept{len(rows), path}, replaceFile(path, text.Bytes())
}

// replaceFile writes a file that its owner reads, whole or not at all.
func replaceFile(path string, text []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), ".notes-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(text)
	if err := errors.Join(err, temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}
