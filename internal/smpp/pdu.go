package smpp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// Command ids (§5.1.2.1). A response is its request with the highest bit set.
const (
	genericNack     = 0x80000000
	submitSM        = 0x00000004
	deliverSM       = 0x00000005
	unbind          = 0x00000006
	bindTransceiver = 0x00000009
	enquireLink     = 0x00000015
	response        = 0x80000000
)

// Optional parameters that are read (§5.3.2).
const (
	tagReceiptedID  = 0x001e
	tagMessageState = 0x0427
	tagPayload      = 0x0424
)

// mostPDU is the largest that is read, in octets: a deliver_sm with a payload fits.
const mostPDU = 70_000

var errPDU = errors.New("malformed PDU")

// pdu is one protocol data unit: header (§3.2) and the rest, undecoded.
type pdu struct {
	command, status, sequence uint32
	body                      []byte
}

func (p pdu) encode() []byte {
	b := make([]byte, 16, 16+len(p.body))
	binary.BigEndian.PutUint32(b, uint32(16+len(p.body)))
	binary.BigEndian.PutUint32(b[4:], p.command)
	binary.BigEndian.PutUint32(b[8:], p.status)
	binary.BigEndian.PutUint32(b[12:], p.sequence)
	return append(b, p.body...)
}

func readPDU(r io.Reader) (p pdu, err error) {
	var head [16]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return p, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size < 16 || size > mostPDU {
		return p, errPDU
	}
	p = pdu{binary.BigEndian.Uint32(head[4:]), binary.BigEndian.Uint32(head[8:]), binary.BigEndian.Uint32(head[12:]), make([]byte, size-16)}
	_, err = io.ReadFull(r, p.body)
	return p, err
}

// writer and reader take a body apart and put it together: C-octet strings and octets.
type writer struct{ bytes.Buffer }

func (w *writer) text(s string) {
	w.WriteString(s)
	w.WriteByte(0)
}

func (w *writer) octets(b ...byte) { w.Write(b) }

type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) text() string {
	i := bytes.IndexByte(r.rest, 0)
	if i < 0 {
		r.bad = true
		return ""
	}
	s := string(r.rest[:i])
	r.rest = r.rest[i+1:]
	return s
}

func (r *reader) take(n int) []byte {
	if len(r.rest) < n {
		r.bad = true
		return make([]byte, n)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) octet() byte { return r.take(1)[0] }

// options reads what is left as optional parameters (§3.2.4.1).
func (r *reader) options() map[uint16][]byte {
	all := map[uint16][]byte{}
	for len(r.rest) >= 4 && !r.bad {
		head := r.take(4)
		all[binary.BigEndian.Uint16(head)] = r.take(int(binary.BigEndian.Uint16(head[2:])))
	}
	return all
}
