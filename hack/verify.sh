#!/usr/bin/env bash
# Regenerates everything in a copy of the work tree and compares: the work tree itself, with whatever is uncommitted in it,
# is never written to. Fails if a generated file is out of date, a module is not tidy or a file is not formatted.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools=${TOOLS:-$PWD/bin/tools}
failed=0

complain() {
	printf 'verify: %s\n' "$*" >&2
	failed=1
}

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
# Tracked and new files, deleted ones left out. tar keeps the times, so that make builds no tool again.
git ls-files -z --cached --others --exclude-standard --deduplicate |
	while IFS= read -r -d '' file; do [[ ! -e $file ]] || printf '%s\0' "$file"; done |
	tar -c --null --files-from=- | tar -x -C "$copy"
# A repository of its own shows what generation changes, adds and removes.
git -C "$copy" init -q
git -C "$copy" add -A
git -C "$copy" -c user.name=verify -c user.email=verify@invalid -c commit.gpgsign=false commit -q -m 'As it was'

rm -f "$copy"/config/crd/bases/*.yaml # or the CRD of a kind that is gone would stay
make -s -C "$copy" TOOLS="$tools" generate manifests docs
git -C "$copy" add -A
if ! git -C "$copy" diff --cached --quiet; then
	git -C "$copy" --no-pager diff --cached --stat --patch >&2
	complain 'generated files are out of date; run make generate manifests docs'
fi

mapfile -d '' -t sources < <(cd "$copy" && git ls-files -z '*.go')
unformatted=$(cd "$copy" && gofmt -l "${sources[@]}")
[[ -z $unformatted ]] || complain "not formatted, run make fmt: ${unformatted//$'\n'/ }"

for module in . hack/tools hack/controlplane test/clients; do
	go mod tidy -C "$copy/$module" -diff >&2 || complain "$module/go.mod is not tidy; run make tidy"
done

exit $failed
