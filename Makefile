SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

FILE  ?= checkers.json
STATE ?= state
CASES ?= lambda/cases/testdata
SECTION ?=
# More for the CDK CLI, such as CDK_ARGS='-c stackName=other'.
CDK_ARGS ?=
# How long each fuzz target runs in `make fuzz`.
FUZZTIME ?= 4s
# What page and watch must be covered by, in per cent.
COVERAGE := 90
# The packages whose tests are to do so.
COVERING := ./page/... ./watch/... ./cases/...
# With REQUIRE_ALL=1 a part of the tests for which this machine lacks something fails.
export REQUIRE_ALL

VERSITYGW := github.com/versity/versitygw/cmd/versitygw@v1.8.0
RIE       := github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie@v0.0.0-20261030222936-bef5c4ba774d
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
# What is known of vulnerabilities, as a module: so it is pinned too. VULNDB=…@latest asks for the newest.
VULNDB    ?= golang.org/x/vulndb@v0.0.0-20261105234957-e22db6528018
# The Go that the function is built with, whichever is installed: the same bytes everywhere,
# and no vulnerability that an older one has.
RELEASE_GO := go1.26.11
# What takes no noticeable time of a check. Without inlining it makes the function smaller by a tenth.
COLD := github.com/aws/... net/... crypto/tls crypto/x509/... crypto/internal/fips140/tls13 crypto/internal/fips140/rsa crypto/internal/fips140/ecdsa \
	crypto/internal/fips140/mldsa crypto/internal/fips140/mlkem crypto/internal/fips140/drbg encoding/asn1 encoding/json encoding/xml fmt log/... math/big mime/... os/... \
	time vendor/... golang.org/x/net/http/... golang.org/x/net/idna golang.org/x/text/... stockchecker/lambda/checker stockchecker/lambda/cloud stockchecker/lambda/fetch \
	stockchecker/lambda/watch
GORELEASER := github.com/goreleaser/goreleaser/v2@v2.13.3
PYTHON    := 'moto[server]==5.2.1' cfn-lint==1.51.0

GO := go -C lambda
# Where the CDK CLI writes what it has deployed, as cdk.json says.
OUTPUTS := cdk.out/outputs.json

# npm must not run on the Node that it installs.
NPM := PATH='$(subst $(CURDIR)/infra/node_modules/.bin:,,$(PATH))' npm
export PATH := $(CURDIR)/bin:$(CURDIR)/bin/python/bin:$(CURDIR)/infra/node_modules/.bin:$(PATH)

## build: build the command into bin/stockcheck
.PHONY: build
build:
	@$(GO) build -o ../bin/stockcheck ./cmd/stockcheck

# What a release is called is its tag.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
PREFIX  ?= /usr/local
DESTDIR ?=
INSTALL := install

## release-files: the man page and the shells' completions into bin/release
.PHONY: release-files
release-files:
	@mkdir -p bin/release
	@$(GO) build -o ../bin/release-stockcheck ./cmd/stockcheck
	@bin/release-stockcheck man > bin/release/stockcheck.1
	@for shell in bash zsh fish; do bin/release-stockcheck completion $$shell > bin/release/stockcheck.$$shell; done
	@rm bin/release-stockcheck

## install: the command, its man page, completions and systemd unit (PREFIX=, DESTDIR=)
.PHONY: install
install: release-files
	@CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w -X main.version=$(VERSION)' -o ../bin/release-stockcheck ./cmd/stockcheck
	@$(INSTALL) -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/share/man/man1' '$(DESTDIR)$(PREFIX)/share/bash-completion/completions' \
		'$(DESTDIR)$(PREFIX)/share/zsh/site-functions' '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d' '$(DESTDIR)$(PREFIX)/lib/systemd/system'
	@$(INSTALL) -m 755 bin/release-stockcheck '$(DESTDIR)$(PREFIX)/bin/stockcheck'
	@$(INSTALL) -m 644 bin/release/stockcheck.1 '$(DESTDIR)$(PREFIX)/share/man/man1/stockcheck.1'
	@$(INSTALL) -m 644 bin/release/stockcheck.bash '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/stockcheck'
	@$(INSTALL) -m 644 bin/release/stockcheck.zsh '$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_stockcheck'
	@$(INSTALL) -m 644 bin/release/stockcheck.fish '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/stockcheck.fish'
	@sed 's|/usr/local/bin|$(PREFIX)/bin|' packaging/stockcheck.service > bin/release/unit
	@$(INSTALL) -m 644 bin/release/unit '$(DESTDIR)$(PREFIX)/lib/systemd/system/stockcheck.service'
	@rm -r bin/release bin/release-stockcheck
	@echo "installed $(DESTDIR)$(PREFIX)/bin/stockcheck"

## uninstall: remove what install has put there (PREFIX=, DESTDIR=)
.PHONY: uninstall
uninstall:
	@cd '$(DESTDIR)$(PREFIX)' && rm -f bin/stockcheck share/man/man1/stockcheck.1 share/bash-completion/completions/stockcheck \
		share/zsh/site-functions/_stockcheck share/fish/vendor_completions.d/stockcheck.fish lib/systemd/system/stockcheck.service

## release-dry: check the release, and build all of it into bin/goreleaser-dist without publishing
.PHONY: release-dry
release-dry: bin/goreleaser
	@goreleaser check
	@goreleaser release --snapshot --clean --skip=publish

## run: watch every product of checkers.json until interrupted (FILE=, STATE=)
.PHONY: run
run: build
	@exec bin/stockcheck run --file "$(FILE)" --state "$(STATE)"

## demo: watch a small shop of its own for half a minute, without internet
.PHONY: demo
demo:
	@$(GO) build -o ../bin/demo ./cmd/demo
	@exec bin/demo

## dist: build the Lambda function, for both architectures
.PHONY: dist
dist: export GOTOOLCHAIN := $(RELEASE_GO)
dist:
	@for name in arm64 x86_64; do \
		$(MAKE) function PROGRAM=. ARCH=$${name/x86_64/amd64} TO=../dist/$$name/bootstrap; \
		$(GO) run ./cmd/zip ../dist/lambda-$$name.zip ../dist/$$name/bootstrap; \
	done

# One program for Lambda: PROGRAM of lambda, for ARCH, to the file TO.
.PHONY: function
function: export GOTOOLCHAIN := $(RELEASE_GO)
function:
	@CGO_ENABLED=0 GOOS=linux GOARCH=$(ARCH) $(GO) build -tags lambda.norpc -trimpath -buildvcs=false \
		$(COLD:%='-gcflags=%=-l') -ldflags='-s -w -buildid=' -o "$(TO)" $(PROGRAM)

## bootstrap: prepare the AWS account and region for the CDK, once
.PHONY: bootstrap
bootstrap: infra/node_modules/.made
	@cdk bootstrap $(CDK_ARGS)

## synth: write the CloudFormation templates into cdk.out (CDK_ARGS=)
.PHONY: synth
synth: infra/node_modules/.made
	@cdk synth --quiet $(CDK_ARGS)

## diff: what a deployment would change on AWS (CDK_ARGS=)
.PHONY: diff
diff: infra/node_modules/.made
	@cdk diff $(CDK_ARGS)

## deploy: deploy what checkers.json says to AWS (CDK_ARGS=)
.PHONY: deploy
deploy: infra/node_modules/.made
	@cdk deploy --all $(CDK_ARGS)
	@$(GO) run ./cmd/alerts unconfirmed ../$(OUTPUTS) || echo "It is deployed; only who is told could not be listed."

## test-alert: publish one message to the deployment's topic, and list who is told
.PHONY: test-alert
test-alert:
	@$(GO) run ./cmd/alerts test ../$(OUTPUTS)

## destroy: remove the deployment from AWS; the bucket with the states stays (CDK_ARGS=)
.PHONY: destroy
destroy: infra/node_modules/.made
	@cdk destroy --all $(CDK_ARGS)

infra/node_modules/.made: infra/package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node 22 or later, https://nodejs.org"; exit 1; }
	@echo "installing the CDK CLI and its Node into infra/node_modules"
	@$(NPM) ci --prefix infra --no-audit --no-fund --loglevel error
	@touch $@

PARTS := lint supply race cover cases load-short fuzz infra tf-test e2e

## test: everything that must hold, part by part
.PHONY: test
test:
	@for part in $(PARTS); do \
		begin=$$SECONDS; \
		$(MAKE) $$part; \
		took="$${took-}$$(printf '%-6s %4d s' $$part $$((SECONDS - begin)))"$$'\n'; \
	done; \
	printf '%s%-10s %4d s\n' "$$took" all $$SECONDS

## lint: formatting, go vet, staticcheck
.PHONY: lint
lint:
	@out=$$(find . '(' -name node_modules -o -path ./bin -o -path ./cdk.out ')' -prune -o -name '*.go' -exec gofmt -l {} +); if [ -n "$$out" ]; then echo "not formatted by gofmt: $$out"; exit 1; fi
	$(GO) vet ./... ../infra/... ../e2e/...
	$(GO) tool staticcheck ./... ../infra/... ../e2e/...

## supply: what the project is made of: checksums, vulnerabilities, licences; the function built twice
.PHONY: supply
supply: export GOTOOLCHAIN := $(RELEASE_GO)
supply: dist licenses
	@for module in lambda infra e2e; do go -C $$module mod verify >/dev/null || exit; done; echo "checksums of all modules hold"
	@if grep -rnE '(^|[^-a-zA-Z])np[x] ' $(wildcard Makefile cdk.json infra/package.json .ci .github); then echo "this is pinned by no lock file"; exit 1; fi
	@if database=$$(cd / && GOFLAGS= GOWORK=off go mod download -json $(VULNDB) | sed -n 's/.*"Dir": "\(.*\)",*/\1/p') && [ -n "$$database" ]; then \
		cd lambda && go run $(GOVULNCHECK) -db "file://$$database/data/osv" ./... ../infra/... ../e2e/...; \
	else \
		echo "left out: known vulnerabilities: their list cannot be downloaded, which needs the Go module proxy"; [ -z "$$REQUIRE_ALL" ]; \
	fi
	@again=$$(mktemp -d); trap 'rm -rf "$$again"' EXIT; \
	cp -R go.work go.work.sum Makefile lambda "$$again"; mkdir "$$again/infra" "$$again/e2e"; cp infra/go.* "$$again/infra"; cp e2e/go.* "$$again/e2e"; \
	$(MAKE) -C "$$again" dist; \
	for zip in dist/*.zip; do cmp "$$zip" "$$again/$$zip" || { echo "$$zip is another one when it is built in another folder"; exit 1; }; done; \
	echo "the function's zip is the same when it is built again elsewhere"

## licenses: write THIRD_PARTY.md, what the project is made of; all of it is permissive
.PHONY: licenses
licenses:
	@$(GO) run ./cmd/licenses ../THIRD_PARTY.md . ../infra ../e2e

# Of go test -v, what is to be read: results, what failing tests said, and why others
# were left out.
define RESULTS
function told(name) { sub(/^ *[a-z0-9_]+\.go:[0-9]+: (left out: )?/, "", said[name]); return said[name] }
/^=== PAUSE / { next }
/^=== / { name = $$3; next }
/^ *--- PASS: / { delete said[$$3]; next }
/^ *--- SKIP: / { printf "left out: %s: %s", $$3, told($$3); delete said[$$3]; next }
/^ *--- FAIL: / { printf "%s\n%s", $$0, said[$$3]; delete said[$$3]; failed = 1; next }
/^(PASS|testing: warning|\?|coverage: )/ || /\[no test files\]$$|coverage: 0\.0% of statements/ && !/^ok/ { next }
/^(ok|FAIL)/ { if (/^FAIL/) failed = 1; print; name = ""; next }
name == "" { print; next }
{ said[name] = said[name] $$0 "\n" }
END { if (failed) for (name in said) printf "--- unfinished: %s\n%s", name, said[name] }
endef
export RESULTS

## race: all tests of lambda with the race detector
.PHONY: race
race: tools
	@echo "go test -race ./... in lambda"
	@$(GO) test -v -race ./... 2>&1 | awk "$$RESULTS"

# Without the race detector, which together with counting takes many times as long.
## cover: how much of page and watch their tests cover
.PHONY: cover
cover:
	@mkdir -p bin
	@$(GO) test -coverpkg=./page,./watch -coverprofile=../bin/cover.out $(COVERING) | awk '!/^ok/'
	@awk -v want=$(COVERAGE) -F'[: ]' ' \
		NR > 1 { split($$1, path, "/"); block = $$1 ":" $$2; of[block] = path[3]; size[block] = $$(NF-1); if ($$NF > 0) hit[block] = 1 } \
		END { \
			for (block in of) { all[of[block]] += size[block]; if (block in hit) got[of[block]] += size[block] } \
			for (name in all) { c = 100 * got[name] / all[name]; printf "coverage of %s: %.1f %% of statements\n", name, c; \
				if (c < want) { printf "coverage of %s is below %d %%\n", name, want; bad = 1 } } \
			exit bad }' bin/cover.out

## cases: the fault cases alone, a line a case (CASES= another folder)
.PHONY: cases
cases:
	@$(GO) build -o ../bin/cases ./cases
	@bin/cases "$(CASES)"

## prices: the price strings of a file alone (FILE= another file)
.PHONY: prices
prices:
	@$(GO) build -o ../bin/cases ./cases
	@bin/cases prices "$(if $(filter command line environment,$(origin FILE)),$(FILE),lambda/cases/testdata/prices.jsonl)"

# Each target begins with its committed corpus alone: what earlier runs found is cached
# by Go, and reading it again could take all of the time. A run whose time is over in
# the middle of a try ends with "context deadline exceeded" now and then, and has found nothing.
## fuzz: each fuzz target for some seconds (FUZZTIME=)
.PHONY: fuzz
fuzz:
	@targets=$$(grep -r --include='*_test.go' -o '^func Fuzz[A-Za-z0-9_]*' lambda infra/stockchecker); \
	cache=$$(mktemp -d); trap 'rm -rf "$$cache"' EXIT; \
	for target in $${targets//func /}; do \
		package=./$$(dirname "$${target%%:*}") name=$${target##*:}; \
		if out=$$(go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "$$package" -args "-test.fuzzcachedir=$$cache/$$name" 2>&1) \
			|| { grep -q 'context deadline exceeded' <<< "$$out" && ! grep -qE 'Failing input|panic:|_test\.go:' <<< "$$out"; }; then \
			echo "fuzz $$package $$name for $(FUZZTIME): $$(sed -n 's/.*execs: \([0-9]*\).*/\1/p' <<< "$$out" | tail -n 1) tries"; \
		else \
			echo "fuzz $$package $$name:"; echo "$$out"; exit 1; \
		fi; \
	done

## infra: tests of the CDK app, up to 10,000 products
.PHONY: infra
infra: tools
	@if ! command -v node >/dev/null; then \
		echo "left out: the CDK app: node is missing; install Node 22 or later, with npm"; [ -z "$$REQUIRE_ALL" ]; exit; \
	fi; \
	echo "go test ./... in infra"; \
	go -C infra test -v ./... 2>&1 | awk "$$RESULTS"

## tf-test: tests of the Terraform module, without credentials
.PHONY: tf-test
tf-test:
	@if ! command -v terraform >/dev/null; then \
		echo "left out: the Terraform module: terraform is missing; install Terraform 1.9 or later"; [ -z "$$REQUIRE_ALL" ]; exit; \
	fi; \
	infra/terraform/tf.sh test

## tf-plan: what Terraform would change on AWS (FILE=, TF_ROOT=, ARGS=)
## tf-apply: deploy with Terraform instead of CDK (FILE=, TF_ROOT=, ARGS=)
.PHONY: tf-plan tf-apply
tf-plan tf-apply: build dist
	@bin/stockcheck validate "$(FILE)"
	@TF_VAR_checkers_file="$(abspath $(FILE))" infra/terraform/tf.sh $(@:tf-%=%) $(ARGS)

## tf-destroy: remove what Terraform deployed; the bucket with the states stays (TF_ROOT=, ARGS=)
.PHONY: tf-destroy
tf-destroy: dist
	@TF_VAR_checkers_file="$(abspath $(FILE))" infra/terraform/tf.sh destroy $(ARGS)

## e2e: deploy to an AWS of this machine, and try all that a user would see
.PHONY: e2e
e2e: dist tools
	@echo "go test ./... in e2e"
	@go -C e2e test -v -count=1 -timeout=15m ./... 2>&1 | awk "$$RESULTS"

## torture: both promises held against kills, broken networks and full disks, for some minutes, as figures
.PHONY: torture
torture: tools
	@cd e2e/torture && go test -count=1 -timeout=30m -args -long

## screenshots: the status page in a real browser, in bin/screenshots; the README's picture anew
.PHONY: screenshots
screenshots: tools
	@go -C e2e test -count=1 ./statuspage
	@cp bin/screenshots/readme.png docs/status-page.png

# What tests need besides Go. What cannot be installed they say themselves, or do without.
.PHONY: tools
tools:
	@$(MAKE) --silent --keep-going infra/node_modules/.made e2e/statuspage/node_modules/.made bin/versitygw bin/aws-lambda-rie bin/python || [ -z "$$REQUIRE_ALL" ]
	@if [ -n "$$REQUIRE_ALL" ] && command -v apt-get >/dev/null; then \
		missing=; \
		command -v qemu-aarch64 >/dev/null || missing="$$missing qemu-user"; \
		command -v chromium >/dev/null || missing="$$missing chromium"; \
		if [ -n "$$missing" ]; then echo "installing$$missing"; apt-get -qq update && apt-get -qq install --yes $$missing >/dev/null; fi; \
	fi

e2e/statuspage/node_modules/.made: e2e/statuspage/package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node 22 or later, https://nodejs.org"; exit 1; }
	@echo "installing axe-core into e2e/statuspage/node_modules"
	@$(NPM) ci --prefix e2e/statuspage --no-audit --no-fund --loglevel error
	@touch $@

bin/versitygw:
	@echo "installing $(VERSITYGW)"
	@cd / && GOFLAGS= GOWORK=off GOBIN='$(CURDIR)/bin' go install $(VERSITYGW)

bin/goreleaser:
	@echo "installing $(GORELEASER)"
	@cd / && GOFLAGS= GOWORK=off GOBIN='$(CURDIR)/bin' go install $(GORELEASER)

bin/aws-lambda-rie:
	@echo "installing $(RIE)"
	@cd / && GOFLAGS= GOWORK=off GOBIN='$(CURDIR)/bin' go install $(RIE)

# An environment of its own, but where Python has all of it already.
bin/python:
	@mkdir -p bin
	@if python3 -c 'import moto.server' 2>/dev/null && command -v cfn-lint >/dev/null; then \
		mkdir $@; \
	else \
		echo "installing $(PYTHON)"; \
		python3 -m venv $@ && $@/bin/python -m pip install --quiet --disable-pip-version-check $(PYTHON) || { rm -rf $@; exit 1; }; \
	fi

## bench: how fast pages are read, beside what others take (SECTION=)
.PHONY: bench
bench:
	@$(GO) build -o ../bin/bench ./bench
	@cd lambda && ../bin/bench $(SECTION)

## bench-synth: how long the CDK app takes for ever more checkers
.PHONY: bench-synth
bench-synth:
	@$(MAKE) bench SECTION=synth

## bench-peers: how fast Python's parsers read the same pages
.PHONY: bench-peers
bench-peers:
	@$(MAKE) bench SECTION=peers

## load: the command with 5,000 checkers a minute, for ten minutes
## load-short: with 800 checkers each ten seconds, for twenty
.PHONY: load load-short
load-short: LOAD := -checkers 800 -every 10s -for 20s
load-short load: build # the other way round, load is a directive of make
	@$(GO) build -o ../bin/load ./cmd/load
	@bin/load $(LOAD) bin/stockcheck

## golden: write the expected results of tests anew; look at the difference
.PHONY: golden
golden: infra/node_modules/.made
	$(GO) test ./checker ./page ./watch ./cloud -update
	go -C infra test . ./terraform -run Golden -update

## clean: remove what was built (the state stays, and what is known of deployments)
.PHONY: clean
clean:
	@rm -rf bin dist infra/node_modules e2e/statuspage/node_modules

## help: list these targets
.PHONY: help
help:
	@sed -n 's/^## \([a-z0-9-]*\): /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18
