// Package portal has the rules and types of the house behind the door: persons as
// the provider describes them, contracts, and a person's session here. No SQL, no
// HTTP, time is a parameter.
//
// It never sees a password, a code or a telephone number, and never imports the
// door: what it knows of people comes over OpenID Connect.
package portal
