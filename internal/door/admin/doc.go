// Package admin is what an organisation's administrator, or staff, may do to an
// account: one file per act. Each act reads anew who does it and to whom, in the
// transaction of the change, and is written to the audit log with it; what somebody
// may not do or see is not there for them (ErrNotFound), and that they tried is
// written, too (T-23, ASVS 8.2.2).
//
// Nobody here ever sees or sets a password, a code or a full phone number (T-22).
package admin
