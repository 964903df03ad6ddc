// Package smpp is an SMPP 3.4 client, as the sender of short messages sees the
// protocol: one session with a message centre that is kept up, messages submitted
// through a window, and receipts as they come. It knows no product and no policy.
//
// References are to the Short Message Peer-to-Peer Protocol Specification v3.4.
package smpp
