// Package intake takes operators' files in: CSV and JSON Lines, streamed, in small
// transactions beside people who work. An import that was interrupted goes on where its
// last transaction ended, a file that is taken twice changes nothing, and every row that
// is refused is written down with its reason.
//
// It knows files, rows and how far each file came. What a row means, and in which tables
// it goes, is its callers'; the table import_run, which their migrations make, is its own.
package intake
