#!/usr/bin/env bash
# Runs all tests. The race detector is on wherever the Graph SDK is not linked in: it would compile those thousands of
# packages a second time, for ten minutes, to watch code that is not ours.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

sdk=github.com/microsoftgraph/msgraph-sdk-go
# "go list -test" adds a main package for each package with tests, whose Deps include what only the tests import.
format='{{if and .ForTest (eq .Name "main")}}{{$with := "race"}}{{range .Deps}}{{if eq . "'$sdk'"}}{{$with = "sdk"}}{{end}}{{end}}{{$with}} {{.ForTest}}{{end}}'
listed=$(go list -test -f "$format" ./...)
mapfile -t race < <(awk '$1 == "race" {print $2}' <<<"$listed")
mapfile -t plain < <(awk '$1 == "sdk" {print $2}' <<<"$listed")

# What has no tests must still compile.
go build ./...
status=0
if ((${#race[@]})); then go test -race -timeout 20m "$@" "${race[@]}" || status=1; fi
if ((${#plain[@]})); then go test -timeout 20m "$@" "${plain[@]}" || status=1; fi
exit $status
