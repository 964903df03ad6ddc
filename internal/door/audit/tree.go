package audit

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"sallyport/internal/secret"
)

// The rows are leaves of a Merkle tree (RFC 6962 section 2.1), appended in batches by
// a sequencer that need not hold up any sign-in: a row has no link to the one before
// it. What the tree holds is signed now and then: a checkpoint. Whoever changes,
// removes, inserts or moves a row afterwards changes the tree, and without our key
// can't sign another.

// LeafHash is the hash of a row as a leaf. Detail is the stored text.
func (r *Row) LeafHash(detail string) tlog.Hash {
	fields := []string{r.ID, strconv.FormatInt(r.At.UnixMicro(), 10), string(r.Type), r.AccountID, r.JourneyID, r.Address, detail, base64.StdEncoding.EncodeToString(r.MAC)}
	var b strings.Builder
	for _, f := range fields { // lengths first: no two rows read alike
		b.WriteString(strconv.Itoa(len(f)))
		b.WriteByte(':')
		b.WriteString(f)
	}
	return tlog.RecordHash([]byte(b.String()))
}

// Checkpoint says what the tree held at one time. Leaves before Pruned have lost their
// text, because their retention had ended; rows that somebody changed have not.
type Checkpoint struct {
	Size   int64
	Root   tlog.Hash
	Pruned int64
}

// Origin is the name in checkpoints and of the key that signs them.
const Origin = "sallyport-audit"

// Signer signs checkpoints with the installation's key.
func Signer(keys *secret.Keys) (*secret.NoteSigner, error) { return keys.NoteSigner(Origin) }

// Sign makes the signed note: origin, size, root in base64, and how much was pruned,
// a line each (the form of C2SP tlog-checkpoint).
func (c Checkpoint) Sign(signer *secret.NoteSigner) (string, error) {
	text := fmt.Sprintf("%s\n%d\n%s\npruned %d\n", Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]), c.Pruned)
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	return string(signed), err
}

// ErrCheckpoint means that a note is no checkpoint that our key signed.
var ErrCheckpoint = errors.New("not a checkpoint of this installation")

// ReadCheckpoint checks a note's signature and reads it.
func ReadCheckpoint(signed string, verifier note.Verifier) (c Checkpoint, err error) {
	n, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		return c, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 5 || lines[0] != Origin {
		return c, ErrCheckpoint
	}
	var errs [3]error
	var root []byte
	c.Size, errs[0] = strconv.ParseInt(lines[1], 10, 64)
	root, errs[1] = base64.StdEncoding.DecodeString(lines[2])
	c.Pruned, errs[2] = strconv.ParseInt(strings.TrimPrefix(lines[3], "pruned "), 10, 64)
	if err := errors.Join(errs[:]...); err != nil || len(root) != tlog.HashSize {
		return c, ErrCheckpoint
	}
	copy(c.Root[:], root)
	return c, nil
}

// SplitNotes returns the notes of a text that holds several, one after the other.
func SplitNotes(text string) (notes []string) {
	var one []string
	for _, line := range strings.Split(text, "\n") {
		if line == Origin && len(one) > 0 {
			notes, one = append(notes, strings.TrimSpace(strings.Join(one, "\n"))+"\n"), nil
		}
		one = append(one, line)
	}
	if last := strings.TrimSpace(strings.Join(one, "\n")); last != "" {
		notes = append(notes, last+"\n")
	}
	return notes
}
