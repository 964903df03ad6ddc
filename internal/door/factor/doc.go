// Package factor has the rules of the ways in which a person proves who they
// are: one-time codes, telephone calls answered with #, and what a session may
// claim afterwards. Rules and types only: no SQL, no HTTP, time is a parameter.
package factor
