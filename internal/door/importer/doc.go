// Package importer moves a population in: users and organisations from CSV and JSON
// Lines, streamed, in small transactions beside people who sign in. An import that was
// interrupted goes on where its last transaction ended, a file that is imported twice
// changes nothing, and every row that is refused is written down with its reason.
//
// It knows files and rows; what an account is it asks the packages below, and SQL is
// the store's.
package importer
