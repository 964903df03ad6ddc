package trunk

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// media is what one end says of its voice (RFC 8866, RFC 3264).
type media struct {
	addr  netip.AddrPort // where it takes it; not valid while it takes none
	law   Law
	event uint8 // payload type of telephone events; 0: it sends none
	sends bool
	takes bool
}

const eventType = 101 // of our offers

// describe is our session description. Id stays the same over a call, and version rises.
func describe(id uint64, version int, ours netip.AddrPort, laws []Law, event uint8, direction string) []byte {
	family := "IP4"
	if ours.Addr().Is6() && !ours.Addr().Is4In6() {
		family = "IP6"
	}
	host := ours.Addr().Unmap().String()
	m := &sdp.MediaDescription{MediaName: sdp.MediaName{Media: "audio", Port: sdp.RangedPort{Value: int(ours.Port())}, Protos: []string{"RTP", "AVP"}}}
	for _, l := range laws {
		m.WithCodec(uint8(l), map[Law]string{PCMU: "PCMU", PCMA: "PCMA"}[l], rate, 0, "")
	}
	if event != 0 {
		m.WithCodec(event, "telephone-event", rate, 0, "0-15")
	}
	m.WithValueAttribute("ptime", strconv.Itoa(frameMS)).WithPropertyAttribute(direction)
	s := sdp.SessionDescription{
		Origin:                sdp.Origin{Username: "-", SessionID: id, SessionVersion: uint64(version), NetworkType: "IN", AddressType: family, UnicastAddress: host},
		SessionName:           "-",
		ConnectionInformation: &sdp.ConnectionInformation{NetworkType: "IN", AddressType: family, Address: &sdp.Address{Address: host}},
		TimeDescriptions:      []sdp.TimeDescription{{}},
		MediaDescriptions:     []*sdp.MediaDescription{m},
	}
	text, err := s.Marshal()
	if err != nil {
		return nil
	}
	return text
}

// readMedia reads what the far end says. Laws are those that we speak.
func readMedia(body []byte, laws []Law) (m media, err error) {
	var s sdp.SessionDescription
	if err := s.Unmarshal(body); err != nil {
		return m, fmt.Errorf("%w: description can't be read", ErrMedia)
	}
	for _, d := range s.MediaDescriptions {
		if d.MediaName.Media != "audio" || d.MediaName.Port.Value == 0 || !slices.Equal(d.MediaName.Protos, []string{"RTP", "AVP"}) {
			continue
		}
		where := d.ConnectionInformation
		if where == nil {
			where = s.ConnectionInformation
		}
		if where == nil || where.Address == nil {
			return m, fmt.Errorf("%w: no address", ErrMedia)
		}
		host, _, _ := strings.Cut(where.Address.Address, "/")
		addr, err := netip.ParseAddr(host)
		port := d.MediaName.Port.Value
		if err != nil || port < 1 || port > 65535 {
			return m, fmt.Errorf("%w: no address", ErrMedia)
		}
		m.sends, m.takes = directions(d, &s)
		if addr.IsUnspecified() { // hold, as RFC 2543 had it
			m.takes = false
		}
		m.addr = netip.AddrPortFrom(addr.Unmap(), uint16(port))
		return m, m.formats(d, laws)
	}
	return m, fmt.Errorf("%w: no voice over RTP", ErrMedia)
}

// directions: an attribute of the media, or of the session; none: both ways.
func directions(d *sdp.MediaDescription, s *sdp.SessionDescription) (sends, takes bool) {
	for _, list := range [][]sdp.Attribute{d.Attributes, s.Attributes} {
		for _, a := range list {
			switch a.Key {
			case "sendrecv":
				return true, true
			case "sendonly":
				return true, false
			case "recvonly":
				return false, true
			case "inactive":
				return false, false
			}
		}
	}
	return true, true
}

// formats takes the first law that we speak, and the type of telephone events.
func (m *media) formats(d *sdp.MediaDescription, laws []Law) error {
	found := false
	for _, text := range d.MediaName.Formats {
		n, err := strconv.ParseUint(text, 10, 7)
		if err != nil {
			continue
		}
		if l := Law(n); !found && slices.Contains(laws, l) {
			m.law, found = l, true
		}
		if n >= 96 && m.event == 0 && isEvents(d, text) {
			m.event = uint8(n)
		}
	}
	if !found {
		return fmt.Errorf("%w: neither PCMU nor PCMA that is allowed here", ErrMedia)
	}
	return nil
}

func isEvents(d *sdp.MediaDescription, format string) bool {
	return slices.ContainsFunc(d.Attributes, func(a sdp.Attribute) bool {
		of, name, _ := strings.Cut(a.Value, " ")
		return a.Key == "rtpmap" && of == format && strings.HasPrefix(strings.ToLower(name), "telephone-event/")
	})
}

// mirrored is the direction to answer with (RFC 3264 section 6.1).
func (m media) mirrored() string {
	switch {
	case m.sends && m.takes:
		return "sendrecv"
	case m.sends:
		return "recvonly"
	case m.takes:
		return "sendonly"
	}
	return "inactive"
}
