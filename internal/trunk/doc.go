// Package trunk places telephone calls over a SIP trunk: signalling (RFC 3261) over UDP,
// TCP or TLS with digest authentication and registration, voice as G.711 over RTP
// (RFC 3551), and the keys that are pressed as telephone events (RFC 4733) or INFO.
//
// It knows calls, sound and keys. What is said, what a key means and who is told is its
// user's; it takes no calls, and answers nobody but the trunk's own addresses.
package trunk
