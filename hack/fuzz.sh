#!/usr/bin/env bash
# Fuzzes each target for a time, and fails if one fails or none is found.
#
# The test programs are built here and not by "go test -fuzz", which instruments all that they import: the Graph SDK alone
# would be compiled anew for ten minutes, and each target linked anew. Guided by our own code, the fuzzer finds what there
# is to find in it, and faster.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
time=${1:-30s}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
module=$(go list -m)
# Where "go test -fuzz" keeps what it learnt too, for "go clean -fuzzcache" to find.
learnt=$(go env GOCACHE)/fuzz

# fuzz runs one target, on one core. It prints the executions, and what went wrong if anything did.
fuzz() { # <program> <import path> <directory> <target>
	local log=$work/$4.log
	# The timeout is for the seeds: what hangs later ends with the time.
	if ! (cd "$3" && "$1" -test.run '^$' -test.timeout 5m -test.parallel 1 -test.fuzz "^$4\$" -test.fuzztime "$time" \
		-test.fuzzminimizetime 1s -test.fuzzcachedir "$learnt/$2" >"$log" 2>&1 </dev/null); then
		# Until Go 1.27 the end of the time may be taken for a failure: golang/go#75804. A finding leaves its input behind.
		if ! grep -qx ' *context deadline exceeded' "$log" || grep -Eq 'Failing input|failure while testing seed|panic:' "$log"; then
			cat "$log"
			printf 'fuzz: %-22s FAILED in %s\n' "$4" "${2#"$module"/}"
			return 1
		fi
	fi
	local runs
	# On a busy machine the time may be over with the seeds.
	runs=$(grep -Eo '(execs|baseline coverage): [0-9]+' "$log" | tail -n 1)
	runs=${runs##*: }
	if ((${runs:-0} == 0)); then
		cat "$log"
		printf 'fuzz: %-22s did not run, in %s\n' "$4" "${2#"$module"/}"
		return 1
	fi
	printf 'fuzz: %-22s %9d executions in %s\n' "$4" "$runs" "${2#"$module"/}"
}

status=0 targets=0 running=0 most=$(nproc 2>/dev/null || echo 2)

# finish waits for the end of one target.
finish() {
	wait -n || status=1
	running=$((running - 1))
}

packages=$(go list -f '{{.ImportPath}} {{.Dir}}' ./...)
while read -r package directory; do
	grep -qs '^func Fuzz' "$directory"/*_test.go || continue
	program=$work/$(tr / - <<<"$package").test
	go test -c -gcflags "$module/...=-d=libfuzzer" -o "$program" "$package"
	listed=$(cd "$directory" && "$program" -test.list '^Fuzz')
	for target in ${listed:?fuzz: the program of $package knows none of its targets}; do
		targets=$((targets + 1))
		while ((running >= most)); do finish; done
		fuzz "$program" "$package" "$directory" "$target" &
		running=$((running + 1))
	done
done <<<"$packages"
while ((running > 0)); do finish; done

if ((targets == 0)); then
	echo 'fuzz: no targets' >&2
	exit 1
fi
echo "fuzz: $targets targets for $time each, in $SECONDS s"
exit $status
