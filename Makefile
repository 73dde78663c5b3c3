# Everything here works from a clean clone with Go, git, make and a C compiler: tools and control plane are built from Go
# modules at pinned versions, into bin/.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

TOOLS ?= $(CURDIR)/bin/tools
CONTROLPLANE := $(CURDIR)/bin/controlplane
GO_TOOLS := controller-gen crd-ref-docs govulncheck
TOOL_SOURCES := hack/tools/go.mod hack/tools/go.sum
FUZZTIME ?= 30s
KILLS ?= 200
DURATION ?= 10m

##@ Try it

.PHONY: demo
demo: controlplane ## Start everything on free ports, grant roles, take them away again, stop everything
	go build -o bin/demo ./hack/demo
	exec bin/demo

.PHONY: dev
dev: controlplane ## Like demo, but leave it running and say how to use it
	go build -o bin/demo ./hack/demo
	exec bin/demo -keep

##@ Check

.PHONY: test
test: controlplane ## Run all tests, against a real API server and the directory simulator
	KUBEBUILDER_ASSETS="$${KUBEBUILDER_ASSETS:-$(CONTROLPLANE)}" hack/test.sh

.PHONY: lint
lint: $(TOOLS)/golangci-lint ## Lint the code, the direction of its imports and the API types
	$(TOOLS)/golangci-lint run
	cd test/clients && $(TOOLS)/golangci-lint run

.PHONY: verify
verify: tools ## Fail if a generated file, a module file or the formatting is not what it should be
	TOOLS=$(TOOLS) hack/verify.sh

.PHONY: faults
faults: ## Break every call of the controller, alone and by twos, and show that mistakes are seen (MUTANT=name: one)
ifdef MUTANT
	go test -tags=mutants ./internal/faults/mutants -count=1 -timeout 30m -v -run TestMutants -mutant $(MUTANT)
else
	go test ./internal/faults -count=1 -timeout 30m -v -run 'TestFaults|TestReplay' -full $(FAULTS)
	go test -tags=mutants ./internal/faults/mutants -count=1 -timeout 30m -v -run TestMutants
endif

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (30s)
	hack/fuzz.sh $(FUZZTIME)

.PHONY: bench
bench: controlplane ## Measure memory, latency and Graph calls per operation
	go build -o bin/bench ./test/bench
	exec bin/bench

.PHONY: boundaries
boundaries: controlplane ## Break every call of a manager that runs against a real API server
	KUBEBUILDER_ASSETS="$${KUBEBUILDER_ASSETS:-$(CONTROLPLANE)}" go test ./test/boundaries -count=1 -timeout 30m -v

.PHONY: kills
kills: controlplane ## End the built manager KILLS (200) times at calls that are held, and see what the next one makes of it
	go build -o bin/kills ./test/kills
	exec bin/kills -kills $(KILLS) $(KILLS_FLAGS)

.PHONY: soak
soak: controlplane ## Break, kill and measure the built manager at random for DURATION (10m)
	go build -o bin/kills ./test/kills
	exec bin/kills -soak $(DURATION) $(KILLS_FLAGS)

.PHONY: vulncheck
vulncheck: $(TOOLS)/govulncheck ## Look for known vulnerabilities in what the code calls
	$(TOOLS)/govulncheck ./...

##@ Change

.PHONY: generate
generate: $(TOOLS)/controller-gen ## Write the deep copies of the API types
	$(TOOLS)/controller-gen object paths=./api/...

.PHONY: manifests
manifests: $(TOOLS)/controller-gen ## Write the CRDs, and RBAC from the markers in controllers/
	$(TOOLS)/controller-gen crd paths=./api/... output:crd:dir=config/crd/bases
	$(TOOLS)/controller-gen rbac:roleName=rolewarden-manager paths=./controllers/... output:rbac:dir=config/rbac

.PHONY: docs
docs: $(TOOLS)/crd-ref-docs ## Write the API reference, docs/reference/api.md
	mkdir -p docs/reference
	$(TOOLS)/crd-ref-docs --source-path=api --config=hack/tools/crd-ref-docs.yaml --renderer=markdown --output-path=docs/reference/api.md --log-level=ERROR

.PHONY: fmt
fmt: $(TOOLS)/golangci-lint ## Format the code
	$(TOOLS)/golangci-lint fmt

.PHONY: tidy
tidy: ## Tidy every module
	for module in . hack/tools hack/controlplane test/clients; do go mod tidy -C "$$module"; done

##@ Build

.PHONY: build
build: ## Build the programs of cmd/ into bin/
	go build -o bin/ ./cmd/...

.PHONY: controlplane
controlplane: ## Build etcd, kube-apiserver, kube-controller-manager and kubectl, unless KUBEBUILDER_ASSETS is set
	hack/controlplane/build.sh

.PHONY: tools
tools: $(addprefix $(TOOLS)/,$(GO_TOOLS) golangci-lint) ## Build the tools that hack/tools pins

# touch, because go build leaves a binary alone that would come out the same.
$(addprefix $(TOOLS)/,$(GO_TOOLS)): $(TOOL_SOURCES)
	@echo "Building $(@F)"
	go build -C hack/tools -o $@ "$$(go list -C hack/tools tool | grep '/$(@F)$$')"
	touch $@

$(TOOLS)/golangci-lint: $(TOOL_SOURCES) hack/tools/golangci-lint/main.go
	@echo "Building golangci-lint with the kube-api-linter in it, which takes a minute or two"
	go build -C hack/tools -o $(TOOLS)/ ./golangci-lint
	touch $@

.PHONY: clean
clean: ## Remove what was built; Go's caches stay
	rm -rf bin dist

.PHONY: help
help: ## Show this
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n\033[1m%s\033[0m\n", substr($$0, 5)} /^[a-z]+:.*## / {printf "  \033[36m%-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)
