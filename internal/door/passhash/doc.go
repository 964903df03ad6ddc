// Package passhash makes and checks password hashes: argon2id in PHC strings,
// with the cost beside each hash so that it can rise (ASVS 11.4.2, NIST-PW-6).
// A Gate bounds how many run at once, because each takes 19 MiB and a core
// (T-29). It knows no accounts and no database.
package passhash
