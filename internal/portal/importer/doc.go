// Package importer takes the operator's files of the portal in: contracts, programs, which
// organisation works under which contract, consumers, and lists of codes.
//
// What a file is, and how far it came, is intake's; SQL is the store's. Organisations are
// the door's: who they are is asked of whoever calls.
package importer
