package intake

import (
	"bytes"
	"encoding/csv"
	"errors"
	"os"
	"strconv"
)

// rejects is the file of the rows that were not taken: line, field, reason. What a try
// wrote whose transaction did not come to be is cut off at the next.
type rejects struct{ file *os.File }

func openRejects(path string, at int64) (*rejects, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := file.Truncate(at); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &rejects{file}, nil
}

// write puts rows at a place of the file, brings them to the disk, and returns where
// they end: before the transaction that tells of it.
func (r *rejects) write(at int64, list []*Rejected) (int64, error) {
	if len(list) == 0 {
		return at, nil
	}
	var text bytes.Buffer
	out := csv.NewWriter(&text)
	if at == 0 {
		out.Write([]string{"line", "field", "reason"})
	}
	for _, l := range list {
		out.Write([]string{strconv.FormatInt(l.Line, 10), Cell(l.Field), Cell(l.Reason)})
	}
	out.Flush()
	if _, err := r.file.WriteAt(text.Bytes(), at); err != nil {
		return at, err
	}
	return at + int64(text.Len()), r.file.Sync()
}

func (r *rejects) close(empty bool) error {
	name := r.file.Name()
	err := r.file.Close()
	if empty && err == nil {
		err = os.Remove(name)
	}
	return err
}

// Cell keeps a spreadsheet from taking text for a formula (ASVS 1.2.10).
func Cell(text string) string {
	if text != "" && formula(text[0]) {
		return "'" + text
	}
	return text
}
