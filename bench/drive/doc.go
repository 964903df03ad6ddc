// Package drive goes through complete journeys as people do: pages are asked for,
// forms filled in and sent, codes read from a telephone and a mailbox. It is what
// the load generator and the crash suites send against a real server.
//
// A visitor keeps one connection and writes HTTP/1.1 (RFC 9112) by hand, because on
// two cores a client that costs as much as the server would measure itself.
package drive
