// Package app puts the house together: configuration in, a running program out.
// It is the only package that knows all the others, and holds the test of who
// may know whom (layers_test.go).
package app
