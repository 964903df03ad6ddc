// Package sqldb opens the two databases we run on, SQLite and PostgreSQL, and
// makes them behave alike: write transactions with one Now, retried when the
// database asks for it; SQLite's writers in the order in which they came; and
// migrations from embedded files. It knows no table.
//
// It is one of two packages that may read the wall clock (the other is app),
// and only for measuring: the time that rows hold comes from the Clock.
package sqldb
