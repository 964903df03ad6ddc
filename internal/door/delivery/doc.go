// Package delivery carries messages to people: what a message is, the Channel
// that every carrier implements (a file each), and the worker that takes messages
// from the outbox, hands each to a carrier once, and records what came of it. It
// knows no journeys, pages or SQL; the outbox is an interface that the store fills.
//
// It may not log a message's text, code, links or full address.
package delivery
