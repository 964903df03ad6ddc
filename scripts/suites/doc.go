// Suites runs the test suites that scripts/budget lists, and holds each to its budget.
//
//	go run ./scripts/suites test      the suites of `make test`
//	go run ./scripts/suites prove     everything, on both databases and in all variants
//	go run ./scripts/suites changed   the suites of prove whose files changed since yesterday
//
// It starts one private PostgreSQL for all of them, runs a suite's packages with
// `go test`, prints what each suite took next to its budget, and fails when a test fails
// or a suite exceeds its budget by half. It knows no product.
package main
