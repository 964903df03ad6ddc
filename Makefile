# make run    the demo, with Go alone
# make test   every test, within scripts/budget; installs the real parts it lacks
#             (PostgreSQL, Chromium, Node, Apache, Kannel, …) where it may
# make check  formatting, vet and staticcheck, then make test: the gate before a commit lands
# make prove  everything, on both databases, in all widths and variants, with the race
#             detector, fuzzing, and a thousand people under kill -9
# make drill  the thousand people under kill -9, alone
# make bench  the load generator (docs/performance.md)
# make fuzz   the fuzz tests, for longer: FUZZ=5m make fuzz
SHELL := /bin/bash
GO ?= go
VERSION ?= $(shell git describe --always --dirty 2>/dev/null || echo development)
SUITES = GO=$(GO) $(GO) run ./scripts/suites

.PHONY: run build test check lint parts prove drill bench fuzz screenshots clean

run:
	$(GO) run ./cmd/sallyport demo

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o build/sallyport ./cmd/sallyport

test: parts
	@$(SUITES) test

check: parts lint
	@$(SUITES) test

lint:
	@test -z "$$(gofmt -l bench cmd examples internal scripts)" || { echo "not formatted:"; gofmt -l bench cmd examples internal scripts; exit 1; }
	$(GO) vet ./...
	$(GO) tool -modfile=tools.mod staticcheck ./...

# What the tests need beside Go. Nothing is skipped because it is missing.
parts:
	@scripts/parts

prove: parts
	@$(SUITES) prove

drill: parts
	@$(SUITES) -only drill prove

bench: parts
	@scripts/bench

fuzz:
	@scripts/fuzz $(or $(FUZZ),1m)

# Pictures of every page in build/screenshots: three widths, light and dark, with and
# without scripts, both languages.
screenshots: parts
	@SALLYPORT_SCREENSHOTS=$(CURDIR)/build/screenshots $(SUITES) -only browser prove

clean:
	rm -rf build sallyport-demo
