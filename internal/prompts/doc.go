// Package prompts are the sentences that a telephone call speaks, as sound: those that ship
// with the product, made of its words by a voice of the machine, and an operator's
// recordings in place of them. All are µ-law at 8 kHz inside, as telephones have it.
package prompts
