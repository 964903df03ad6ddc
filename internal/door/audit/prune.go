package audit

import (
	"encoding/binary"
	"strconv"
	"time"

	"sallyport/internal/secret"
)

// MarkPruned replaces the MAC of a row whose text is removed because its retention ended.
// The old MAC covers text that is gone; the new one proves that we removed it, from this
// leaf, as older than before. Without it a row that an intruder emptied would look the same.
func (r *Row) MarkPruned(keys *secret.Keys, leaf int64, before time.Time) {
	r.MAC = binary.BigEndian.AppendUint64(r.prunedMAC(keys, leaf, before.UnixMicro()), uint64(before.UnixMicro()))
}

// PrunedBefore reads the mark of a row without text: rows older than before were pruned
// with it. It reports whether the mark is ours, for this row and this leaf.
func (r *Row) PrunedBefore(keys *secret.Keys, leaf int64) (before time.Time, ours bool) {
	n := len(r.MAC) - 8
	if n < 0 || !r.timeIsOfID() {
		return before, false
	}
	micros := int64(binary.BigEndian.Uint64(r.MAC[n:]))
	if !secret.Equal(r.MAC[:n], r.prunedMAC(keys, leaf, micros)) {
		return before, false
	}
	return time.UnixMicro(micros).UTC(), true
}

func (r *Row) prunedMAC(keys *secret.Keys, leaf, before int64) []byte {
	return keys.Hash("audit pruned", r.ID, strconv.FormatInt(r.At.UnixMicro(), 10), string(r.Type), strconv.FormatInt(leaf, 10), strconv.FormatInt(before, 10))
}
