// Package op is the OpenID Connect provider: what relying parties ask the door
// (OpenID Connect Core 1.0, RFC 6749, 7009, 7636, 9126, 9207, 9449, RP-initiated
// and back-channel logout). It decides and answers in types and JSON; the pages
// that people see on the way are door/web's.
//
// It knows sessions and accounts and never how somebody signed in: what is to be
// proven, and how, is the journeys' business. An authorization request writes
// nothing: requests and codes travel sealed, and a code is spent by the insert of
// its id.
package op
