//go:build !race

package journey

// pumpingPeople are a thousand browsers of an attack, with ten requests each.
const pumpingPeople = 1000
