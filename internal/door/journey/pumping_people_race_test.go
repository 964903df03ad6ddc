//go:build race

package journey

// pumpingPeople are fewer here: the race detector makes SQLite nine times slower.
const pumpingPeople = 100
