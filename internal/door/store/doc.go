// Package store holds all SQL of the door, one file per table. It is concrete:
// tests use a real SQLite file and a real PostgreSQL. Functions take the
// transaction they run in, so that a caller can write a challenge, its journey,
// its message and its audit row in one commit. It decides nothing: rules are in
// the packages below, and journeys above.
package store
