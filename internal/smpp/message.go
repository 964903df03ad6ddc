package smpp

import (
	"fmt"
	"strings"
	"time"

	"sallyport/internal/sms"
)

// Alphabet is how a text travels.
type Alphabet string

const (
	Default Alphabet = "gsm"    // the GSM default alphabet under data coding 0, where it fits; else UCS-2
	Latin1  Alphabet = "latin1" // ISO 8859-1 under data coding 3, where it fits; else UCS-2
	UCS2    Alphabet = "ucs2"   // always
)

// Message is one text to one number.
type Message struct {
	To       string        // E.164, with or without +
	Text     string        //
	Validity time.Duration // after which the message centre gives up; 0: as long as it likes
}

// part is what one submit_sm carries.
type part struct {
	coding byte
	esm    byte // 0x40: begins with a header that joins parts
	octets []byte
}

// parts cuts the text. Reference tells parts of one message from those of others.
func (m Message) parts(as Alphabet, reference byte) []part {
	octets, coding := encode(m.Text, as)
	list := make([]part, len(octets))
	for i, o := range octets {
		list[i] = part{coding: coding, octets: o}
		if len(octets) > 1 {
			list[i].esm = 0x40
			list[i].octets = append([]byte{5, 0, 3, reference, byte(len(octets)), byte(i + 1)}, o...)
		}
	}
	return list
}

// encode returns the octets of each part, and their data coding (§5.2.19).
func encode(text string, as Alphabet) (octets [][]byte, coding byte) {
	switch latin, ok := latin1(text); {
	case as == Latin1 && ok && len(latin) <= 140:
		return [][]byte{latin}, 3
	case as == Latin1, as == UCS2:
		return sms.PartsUCS2(text), 8
	}
	octets, ucs2 := sms.Parts(text)
	if ucs2 {
		return octets, 8
	}
	return octets, 0
}

func latin1(text string) (octets []byte, ok bool) {
	for _, r := range text {
		if r > 0xff {
			return nil, false
		}
		octets = append(octets, byte(r))
	}
	return octets, true
}

// submit is the body of a submit_sm (§4.4.1) that asks for a receipt.
func (o Options) submit(m Message, p part) []byte {
	var w writer
	w.text("") // service_type
	w.octets(o.Source.TON, o.Source.NPI)
	w.text(o.Source.Address)
	w.octets(1, 1) // international, ISDN
	w.text(strings.TrimPrefix(m.To, "+"))
	w.octets(p.esm, 0, 0) // protocol_id, priority_flag
	w.text("")            // schedule_delivery_time
	w.text(relative(m.Validity))
	w.octets(1, 0, p.coding, 0) // registered_delivery, replace_if_present, data_coding, sm_default_msg_id
	w.octets(byte(len(p.octets)))
	w.Write(p.octets)
	return w.Bytes()
}

// relative writes a duration as §7.1.1.2 wants it: YYMMDDhhmmsstnnR.
func relative(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	d = min(d, 24*time.Hour-time.Second).Round(time.Second)
	return fmt.Sprintf("000000%02d%02d%02d000R", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
}
