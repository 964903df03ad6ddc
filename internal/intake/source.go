package intake

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Format of a file.
type Format string

const (
	CSV       Format = "csv"   // RFC 4180; comma, semicolon or tab, told by the header
	JSONLines Format = "jsonl" // an object a line
)

// record is one row of a file, as the file names its fields.
type record struct {
	Line   int64 // where it begins, from 1
	Fields map[string]string
}

// Rejected is a row that was not taken, and why.
type Rejected struct {
	Line   int64
	Field  string // empty: the row as a whole
	Reason string
}

func (r *Rejected) Error() string { return fmt.Sprintf("line %d: %s: %s", r.Line, r.Field, r.Reason) }

// longest is the longest record that is read, in bytes: nobody's row is longer, and
// memory stays what it is.
const longest = 64 << 10

// source reads records one by one. Rows that can't be read are *Rejected, and the next
// one goes on behind them.
type source struct {
	format Format
	in     *bufio.Reader
	line   int64
	comma  rune
	header []string
	back   []physical // lines that were read ahead
}

// physical is one line of the file.
type physical struct {
	text    []byte
	tooLong bool
}

// newSource begins to read: it takes the header of a CSV.
func newSource(r io.Reader, format Format, encoding string) (*source, error) {
	decoded, err := decode(r, encoding)
	if err != nil {
		return nil, err
	}
	s := &source{format: format, in: bufio.NewReaderSize(decoded, longest)}
	if format == JSONLines {
		return s, nil
	}
	first, err := s.read()
	if err != nil && !errors.Is(err, io.EOF) || len(bytes.TrimSpace(first.text)) == 0 {
		return nil, errors.Join(errors.New("the file has no header line"), ignoreEOF(err))
	}
	s.comma = ','
	for _, c := range ";\t" {
		if bytes.ContainsRune(first.text, c) && !bytes.ContainsRune(first.text, ',') {
			s.comma = c
		}
	}
	if s.header, err = s.split(first.text); err != nil {
		return nil, fmt.Errorf("the header line can't be read: %w", err)
	}
	return s, nil
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// decode makes UTF-8 of what a file is in. A byte order mark wins.
func decode(r io.Reader, encoding string) (io.Reader, error) {
	switch encoding {
	case "", "utf-8":
		in := bufio.NewReader(r)
		mark, _ := in.Peek(3)
		switch {
		case bytes.HasPrefix(mark, []byte("\xef\xbb\xbf")):
			in.Discard(3)
		case bytes.HasPrefix(mark, []byte("\xff\xfe")), bytes.HasPrefix(mark, []byte("\xfe\xff")):
			return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(in), nil
		}
		return in, nil
	case "utf-16":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(r), nil
	case "windows-1252":
		return charmap.Windows1252.NewDecoder().Reader(r), nil
	case "iso-8859-1":
		return charmap.ISO8859_1.NewDecoder().Reader(r), nil
	}
	return nil, fmt.Errorf("encoding %q is none of utf-8, utf-16, windows-1252, iso-8859-1", encoding)
}

// read returns the next physical line without its end.
func (s *source) read() (p physical, err error) {
	s.line++
	if len(s.back) > 0 {
		p, s.back = s.back[0], s.back[1:]
		return p, nil
	}
	text, err := s.in.ReadSlice('\n')
	for errors.Is(err, bufio.ErrBufferFull) {
		p.tooLong = true
		text, err = s.in.ReadSlice('\n')
	}
	if len(text) == 0 && !p.tooLong && err != nil {
		return p, err
	}
	if !p.tooLong {
		p.text = bytes.Clone(bytes.TrimRight(text, "\r\n"))
	}
	return p, ignoreEOF(err)
}

// next returns the next record, *Rejected, io.EOF, or the file's own trouble.
func (s *source) next() (*record, error) {
	for {
		p, err := s.read()
		if err != nil {
			return nil, err
		}
		if !p.tooLong && len(bytes.TrimSpace(p.text)) == 0 {
			continue
		}
		at := s.line
		if p.tooLong {
			return nil, &Rejected{at, "", fmt.Sprintf("the line is longer than %d bytes", longest)}
		}
		if s.format == JSONLines {
			return jsonRecord(at, p.text)
		}
		return s.csvRecord(at, p.text)
	}
}

// csvRecord joins the lines of a quoted field. One whose quotes do not end within
// bounds is rejected alone: the lines behind it are rows of their own.
func (s *source) csvRecord(at int64, text []byte) (*record, error) {
	var ahead []physical
	whole := text
	for bytes.Count(whole, []byte{'"'})%2 == 1 {
		p, err := s.read()
		if err == nil {
			ahead = append(ahead, p)
		}
		if err != nil || p.tooLong || len(whole)+len(p.text) > longest || len(ahead) > 50 {
			s.back = append(ahead, s.back...)
			s.line = at
			return nil, &Rejected{at, "", "a quotation mark is not closed"}
		}
		whole = append(append(whole, '\n'), p.text...)
	}
	fields, err := s.split(whole)
	switch {
	case err != nil:
		return nil, &Rejected{at, "", "it is not CSV: " + reason(err)}
	case len(fields) != len(s.header):
		return nil, &Rejected{at, "", fmt.Sprintf("it has %d fields, the header %d", len(fields), len(s.header))}
	}
	r := &record{Line: at, Fields: make(map[string]string, len(fields))}
	for i, value := range fields {
		if !utf8.ValidString(value) {
			return nil, &Rejected{at, s.header[i], "it is not UTF-8: is the file windows-1252? (--encoding)"}
		}
		r.Fields[s.header[i]] = value
	}
	return r, nil
}

func reason(err error) string {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return parse.Err.Error()
	}
	return err.Error()
}

func (s *source) split(text []byte) ([]string, error) {
	in := csv.NewReader(bytes.NewReader(text))
	in.Comma, in.FieldsPerRecord = s.comma, -1
	return in.Read()
}

func jsonRecord(at int64, text []byte) (*record, error) {
	var object map[string]any
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber()
	if !utf8.Valid(text) {
		return nil, &Rejected{at, "", "it is not UTF-8"}
	}
	if err := in.Decode(&object); err != nil || in.More() {
		return nil, &Rejected{at, "", "it is not one JSON object"}
	}
	r := &record{Line: at, Fields: make(map[string]string, len(object))}
	for name, value := range object {
		switch v := value.(type) {
		case nil:
		case string:
			r.Fields[name] = v
		case json.Number, bool:
			r.Fields[name] = fmt.Sprint(v)
		default:
			return nil, &Rejected{at, name, "it is neither text nor number"}
		}
	}
	return r, nil
}

// FormatOf tells the format by a file's name; empty: by none.
func FormatOf(name string) Format {
	switch lower := strings.ToLower(name); {
	case strings.HasSuffix(lower, ".csv"), strings.HasSuffix(lower, ".tsv"), strings.HasSuffix(lower, ".txt"):
		return CSV
	case strings.HasSuffix(lower, ".jsonl"), strings.HasSuffix(lower, ".ndjson"):
		return JSONLines
	}
	return ""
}
