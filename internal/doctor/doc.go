// Package doctor looks at an installation from outside, as its operator would with a dozen
// tools: it tries every carrier, the databases, the certificate, the clock, names in DNS
// and the public address, and says in plain words what is wrong and what to do.
//
// It changes nothing, and sends nothing but what it is asked to.
package doctor
