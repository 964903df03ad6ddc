# make run    the demo, with Go alone
# make test   everything; installs the real parts it lacks (PostgreSQL, Chromium, Node, Apache, Kannel, …) where it may
# make bench  the load generator (docs/performance.md)
# make crash  a thousand people under kill -9; `make test` has two hundred
# make fuzz   the fuzz tests, for longer
# make check  the same, and formatting, vet and staticcheck first: the gate before a commit lands
SHELL := /bin/bash
GO ?= go
VERSION ?= $(shell git describe --always --dirty 2>/dev/null || echo development)

.PHONY: run test check quick lint parts build bench crash fuzz screenshots clean

run:
	$(GO) run ./cmd/sallyport demo

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o build/sallyport ./cmd/sallyport

test: parts
	@scripts/test

check: parts lint
	@scripts/test

lint:
	@test -z "$$(gofmt -l cmd internal)" || { echo "not formatted:"; gofmt -l cmd internal; exit 1; }
	$(GO) vet ./...
	$(GO) tool -modfile=tools.mod staticcheck ./...

# What the tests need beside Go. Nothing is skipped for want of it.
parts:
	@scripts/parts

# Complete journeys against real servers, beside the raw rate of the password hash.
bench: parts
	@scripts/bench

# A thousand people at once, on each database, while the server is killed every two seconds.
crash: parts
	@scripts/test -crash

# The fuzz tests, for longer than `make test` does: FUZZ=5m make fuzz
fuzz:
	@scripts/fuzz $(or $(FUZZ),1m)

screenshots: parts
	@SALLYPORT_SCREENSHOTS=$(CURDIR)/build/screenshots scripts/test -browser

clean:
	rm -rf build sallyport-demo
