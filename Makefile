SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

FILE  ?= checkers.json
STATE ?= state
CASES ?= lambda/cases/testdata
# How long each fuzz target runs in `make fuzz`.
FUZZTIME ?= 4s
# What page and watch must be covered by, in per cent.
COVERAGE := 90

GO := go -C lambda

## build: build the command into bin/stockcheck
.PHONY: build
build:
	@$(GO) build -o ../bin/stockcheck ./cmd/stockcheck

## run: watch every product of checkers.json until interrupted (FILE=, STATE=)
.PHONY: run
run: build
	@exec bin/stockcheck run --file "$(FILE)" --state "$(STATE)"

## demo: watch a small shop of its own for half a minute, without internet
.PHONY: demo
demo:
	@$(GO) build -o ../bin/demo ./cmd/demo
	@exec bin/demo

## test: everything that must hold: lint, tests with the race detector, coverage, fault cases, fuzzing
.PHONY: test
test: lint cover cases fuzz

## lint: formatting, go vet, staticcheck
.PHONY: lint
lint:
	@out=$$(cd lambda && gofmt -l .); if [ -n "$$out" ]; then echo "not formatted by gofmt: $$out"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

## cover: all tests with the race detector, and what they cover
.PHONY: cover
cover:
	@mkdir -p bin
	$(GO) test -race -covermode=atomic -coverpkg=./page,./watch -coverprofile=../bin/cover.out ./...
	@awk -v want=$(COVERAGE) -F'[: ]' 'NR > 1 { split($$1, p, "/"); n[p[3] " " $$2] = $$(NF-1); if ($$NF > 0) hit[p[3] " " $$2] = 1; pkg[p[3] " " $$2] = p[3] } \
		END { for (k in n) { all[pkg[k]] += n[k]; if (k in hit) got[pkg[k]] += n[k] } \
		for (p in all) { c = 100 * got[p] / all[p]; printf "coverage of %s: %.1f %% of statements\n", p, c; if (c < want) { printf "coverage of %s is below %d %%\n", p, want; bad = 1 } } exit bad }' bin/cover.out

## cases: the fault cases alone, a line a case (CASES= another folder)
.PHONY: cases
cases:
	@$(GO) build -o ../bin/cases ./cases
	@bin/cases "$(CASES)"

## fuzz: each fuzz target for some seconds (FUZZTIME=)
.PHONY: fuzz
fuzz:
	@for pkg in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' "$$pkg" | grep '^Fuzz' || true); do \
			echo "fuzz $$pkg $$f for $(FUZZTIME)"; \
			$(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) "$$pkg" | tail -n 2; \
		done; \
	done

## bench: how fast pages are read, and what they cost in memory
.PHONY: bench
bench:
	$(GO) test -run '^$$' -bench . -benchmem ./page

## golden: write the expected results of tests anew; look at the difference
.PHONY: golden
golden:
	$(GO) test ./checker ./page ./watch ./cmd/... -update

## clean: remove what was built (the state stays)
.PHONY: clean
clean:
	@rm -rf bin

## help: list these targets
.PHONY: help
help:
	@sed -n 's/^## \([a-z-]*\): /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18
