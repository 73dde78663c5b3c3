#!/usr/bin/env bash
# Runs each fuzz target for a time: go test takes one target at a time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
time=${1:-30s}

grep -rhoE --include='*_test.go' '^func Fuzz[[:alnum:]_]+' . >/dev/null || { echo 'fuzz: no targets'; exit 0; }
grep -roE --include='*_test.go' '^func Fuzz[[:alnum:]_]+' . | while IFS=: read -r file declaration; do
	target=${declaration#func }
	echo "fuzz: $target in $(dirname "$file") for $time"
	go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$(dirname "$file")" </dev/null
done
