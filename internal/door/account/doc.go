// Package account has the rules about a person's account: its states, how its
// identifiers are written and compared, how its addresses are masked. Rules and
// types only: no SQL, no HTTP, and time is a parameter.
package account
