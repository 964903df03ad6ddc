// Package siptest runs far ends of a SIP trunk for tests: SIPp, which follows a scenario
// to the letter and complains of what it did not expect, and Baresip, a softphone, both
// Debian's; and the voice that goes with them, packet by packet. All is on loopback.
package siptest
