// Package words holds every sentence that a person reads or hears, in every
// language: en.json and es.json beside this file. Words name the brand by
// {{.Brand}} and the like, which are filled in once, when the catalogue is
// loaded. Nothing here knows pages or journeys.
package words
