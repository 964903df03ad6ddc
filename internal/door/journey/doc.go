// Package journey is how people get in: each journey is an ordered list of steps
// in a file of its own (login_with_phone.go), each step a file (step_phone.go),
// and engine.go runs any of them.
//
// A journey's current step is the first that applies and is not done. No cursor
// is kept, only what has been proven: Facts, one sub-struct per step, zero for
// not done. GET shows the current step and never writes; POST names an action
// of the current step, and what it proves is committed together with the
// challenge, the account, the audit row and the message it queues.
//
// Nothing here knows HTML or HTTP: a step's View is a plain struct.
package journey
