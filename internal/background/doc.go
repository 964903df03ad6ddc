// Package background keeps a panic in a goroutine from ending the program. It starts no
// goroutine of its own, and it decides nothing about what the work was for: the caller
// does.
package background
