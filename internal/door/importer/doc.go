// Package importer moves a population in, and out again: users and organisations.
//
// What a file is, and how far it came, is intake's; it knows what rows mean. What an
// account is it asks the packages below, and SQL is the store's.
package importer
