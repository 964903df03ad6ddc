// Package secret holds everything that must not be guessed or read: random
// tokens and codes, keyed hashes, encryption at rest, and types that refuse to
// print themselves. It is the only package that imports crypto/rand
// (app/layers_test.go holds that), so that randomness has one place to be reviewed.
package secret
