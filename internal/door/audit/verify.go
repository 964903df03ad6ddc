package audit

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"sallyport/internal/secret"
)

// Finding is something that is not as it was written.
type Finding struct {
	Kind string // changed, removed, inserted, hash, checkpoint, late
	Leaf int64  // -1: not in the tree
	ID   string // of the row, where there is one
	Text string
}

func (f Finding) String() string {
	at := "outside the tree"
	if f.Leaf >= 0 {
		at = fmt.Sprintf("leaf %d", f.Leaf)
	}
	if f.ID != "" {
		at += ", row " + f.ID
	}
	return fmt.Sprintf("%s: %s: %s", f.Kind, at, f.Text)
}

// Verifier goes through the leaves of a log in their order, and tells what is wrong.
// Give it every row with its number, then call Finish.
type Verifier struct {
	Size        int64 // that the log says it has
	Checkpoints []Checkpoint
	Findings    []Finding

	stored func(no int64) *tlog.Hash

	next  int64 // leaf that comes next
	stack []subtree
	due   int // checkpoints that are still to be compared
}

// subtree is a complete subtree at the tree's right edge.
type subtree struct {
	level int
	hash  tlog.Hash
}

// NewVerifier compares with these checkpoints, whose signatures have been checked.
// Stored is the hash that the tree has for a leaf; nil: none.
func NewVerifier(size int64, checkpoints []Checkpoint, stored func(no int64) *tlog.Hash) *Verifier {
	v := &Verifier{Size: size, Checkpoints: slices.Clone(checkpoints), stored: stored}
	sort.Slice(v.Checkpoints, func(i, j int) bool { return v.Checkpoints[i].Size < v.Checkpoints[j].Size })
	v.compare()
	return v
}

func (v *Verifier) find(kind string, leaf int64, id, text string, args ...any) {
	v.Findings = append(v.Findings, Finding{kind, leaf, id, fmt.Sprintf(text, args...)})
}

// Found is a row as it was found under its number.
type Found struct {
	Leaf         int64
	ID           string
	Genuine      bool       // its MAC is right, or its mark where it has no text
	Hash         *tlog.Hash // nil: it has no text
	PrunedBefore time.Time  // what its mark says (Row.PrunedBefore)
}

// Leaf takes the next row.
func (v *Verifier) Leaf(f Found) {
	no, id := f.Leaf, f.ID
	if no < v.next {
		v.find("inserted", no, id, "a second row has this number")
		return
	}
	v.gone(no)
	if no >= v.Size {
		v.find("inserted", no, id, "the tree does not reach this number")
		return
	}
	stored := v.stored(no)
	switch {
	case f.Hash == nil && !f.Genuine:
		v.find("removed", no, id, "the row has no text, and we did not remove it")
	case f.Hash == nil && !ended(f):
		v.find("removed", no, id, "the row has no text, and its retention had not ended when it was removed")
	case f.Hash != nil && !f.Genuine:
		v.find("changed", no, id, "the row is not as it was written")
	case f.Hash != nil && stored != nil && *f.Hash != *stored:
		v.find("changed", no, id, "the row is not the one that was given this number")
	case stored == nil:
		v.find("hash", no, id, "the tree has no hash of it")
	}
	v.add(stored)
	v.next++
}

// ended reports whether the retention of a pruned row had ended, by the time in its ID.
func ended(f Found) bool {
	at, ok := secret.TimeOfID(f.ID)
	return ok && at.Before(f.PrunedBefore)
}

// gone tells of the rows that are missing before this number. Their hashes stand in for
// them, so that the rest can be proven.
func (v *Verifier) gone(until int64) {
	for ; v.next < min(until, v.Size); v.next++ {
		v.find("removed", v.next, "", "the row is gone")
		v.add(v.stored(v.next))
	}
}

// add appends a leaf's hash to the tree that is being made anew.
func (v *Verifier) add(leaf *tlog.Hash) {
	if leaf == nil {
		leaf = &tlog.Hash{}
	}
	s := subtree{0, *leaf}
	for n := len(v.stack); n > 0 && v.stack[n-1].level == s.level; n = len(v.stack) {
		s = subtree{s.level + 1, tlog.NodeHash(v.stack[n-1].hash, s.hash)}
		v.stack = v.stack[:n-1]
	}
	v.stack = append(v.stack, s)
	v.compareAt(v.next + 1)
}

func (v *Verifier) root() tlog.Hash {
	if len(v.stack) == 0 {
		hash, _ := tlog.TreeHash(0, nil) // of the empty tree; nothing is read
		return hash
	}
	hash := v.stack[len(v.stack)-1].hash
	for i := len(v.stack) - 2; i >= 0; i-- {
		hash = tlog.NodeHash(v.stack[i].hash, hash)
	}
	return hash
}

func (v *Verifier) compare() { v.compareAt(0) }

// compareAt holds the tree of this size against the checkpoints of it.
func (v *Verifier) compareAt(size int64) {
	for v.due < len(v.Checkpoints) && v.Checkpoints[v.due].Size == size {
		if size > 0 && v.Checkpoints[v.due].Root != v.root() {
			v.find("checkpoint", size-1, "", "the tree of %d leaves is not the one that was signed", size)
		}
		v.due++
	}
}

// Finish tells what only the end shows, and returns all findings.
func (v *Verifier) Finish() []Finding {
	v.gone(v.Size)
	for ; v.due < len(v.Checkpoints); v.due++ {
		v.find("checkpoint", -1, "", "a tree of %d leaves was signed, and there are %d: the end was cut off", v.Checkpoints[v.due].Size, v.Size)
	}
	return v.Findings
}

// Loose takes a row that is not in the tree. Late: it should be by now.
func (v *Verifier) Loose(id string, genuine, late bool) {
	switch {
	case !genuine:
		v.find("inserted", -1, id, "the row is not one that we wrote")
	case late:
		v.find("late", -1, id, "the row is old, and not in the tree: no sequencer runs, or somebody took it out")
	}
}
