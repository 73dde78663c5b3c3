#!/usr/bin/env bash
# Runs all tests but those that break every call of a running manager, which make boundaries runs.
# The race detector is on wherever the Graph SDK is not linked in: it would compile those thousands of packages a second time, for ten minutes,
# to watch code that is not ours.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# "go list -test" adds a program <package>.test for each package with tests; its Deps are also what only the tests import.
listed=$(go list -test -f '{{.ImportPath}} {{join .Deps " "}} ' ./... | grep -E '^[^ ]+\.test ' | grep -v '/test/boundaries\.test ')
sdk=' github.com/microsoftgraph/msgraph-sdk-go[/ ]'
mapfile -t plain < <(awk -v sdk="$sdk" '$0 ~ sdk {sub(/\.test$/, "", $1); print $1}' <<<"$listed")
mapfile -t race < <(awk -v sdk="$sdk" '$0 !~ sdk {sub(/\.test$/, "", $1); print $1}' <<<"$listed")

# What has no tests must still compile.
go build ./...
status=0
if ((${#race[@]})); then go test -race -timeout 20m "$@" "${race[@]}" || status=1; fi
if ((${#plain[@]})); then go test -timeout 20m "$@" "${plain[@]}" || status=1; fi
# The simulator's judges, which are no dependencies of ours.
go test -C test/clients -timeout 20m "$@" ./... || status=1
exit $status
