package trunk

import (
	"encoding/binary"
	"errors"
	"net"

	"sallyport/internal/secret"
)

// random is 64 random bits: who can't guess ports and identifiers sends us no keys.
func random() uint64 { return binary.BigEndian.Uint64(secret.Salt(8)) }

// openVoice opens a socket for one call's voice: of an even port in the range, from a
// random one on, or of any port where there is no range (RFC 3550 section 11).
func openVoice(host net.IP, first, last int) (*net.UDPConn, error) {
	if first == 0 {
		return net.ListenUDP("udp", &net.UDPAddr{IP: host})
	}
	first += first % 2
	pairs := (last-first)/2 + 1
	if pairs < 1 {
		return nil, errors.New("no even port in the range")
	}
	begin := int(random() % uint64(pairs))
	for i := range pairs {
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: host, Port: first + 2*((begin+i)%pairs)})
		if err == nil {
			return conn, nil
		}
	}
	return nil, errors.New("all ports of the range are in use")
}
