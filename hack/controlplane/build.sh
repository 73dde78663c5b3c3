#!/usr/bin/env bash
# Puts the control plane that tests and the demo run against into bin/controlplane: etcd, kube-apiserver,
# kube-controller-manager and kubectl, built from the Go modules that the go.mod beside this script pins.
#
# With KUBEBUILDER_ASSETS set, its binaries are used as they are. envtest's bundles have no kube-controller-manager, so
# that one is still built here when the directory lacks it.
#
# The first build compiles Kubernetes and takes minutes; afterwards a stamp over the inputs makes this a matter of
# milliseconds. -trimpath is left out on purpose: the flag is part of Go's cache key, and nothing here is released.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$(cd "$here/../.." && pwd)/bin/controlplane
stamp=$out/.stamp

say() { printf 'controlplane: %s\n' "$*"; }

inputs() { # <binary>...: what a build of these binaries depends on
	{ cat "$here/go.mod" "$here/go.sum" "$here/build.sh"; go env GOVERSION GOOS GOARCH; echo "$@"; } | sha256sum | cut -d' ' -f1
}

present() { # <directory> <binary>...
	local dir=$1 name
	shift
	for name; do [[ -x $dir/$name ]] || return 1; done
}

package_of() {
	case $1 in
	etcd) echo go.etcd.io/etcd/server/v3 ;;
	*) echo "k8s.io/kubernetes/cmd/$1" ;;
	esac
}

# kubectl and Helm refuse an API server whose version they cannot parse, and a plain build calls itself v0.0.0.
version_flags() {
	local version major minor component=k8s.io/component-base/version
	version=$(go list -C "$here" -m -f '{{.Version}}' k8s.io/kubernetes)
	IFS=. read -r major minor _ <<<"${version#v}"
	echo "-s -w -X $component.gitVersion=$version -X $component.gitMajor=$major -X $component.gitMinor=$minor -X $component.gitTreeState=clean"
}

progress() { # <name> <total>: counts the packages that go build -v names, and passes on whatever else it says
	local name=$1 total=$2 done=0 next=$((SECONDS + 10)) line status
	while true; do
		status=0
		IFS= read -r -t 10 line || status=$?
		if ((status == 0)); then
			if [[ $line =~ ^[[:alnum:]._/~-]+$ ]]; then done=$((done + 1)); else printf '%s\n' "$line"; fi
		elif ((status <= 128)); then # the end of the output; anything above is the time-out
			break
		fi
		if ((SECONDS >= next)); then
			say "$name: $done of $total packages compiled, ${SECONDS}s elapsed"
			next=$((SECONDS + 10))
		fi
	done
}

build() { # <binary>
	local name=$1 package total
	package=$(package_of "$name")
	total=$(go list -C "$here" -deps -f '{{if .Stale}}{{.ImportPath}}{{end}}' "$package" | wc -l)
	say "$name: building, $total packages to compile"
	go build -C "$here" -v -ldflags "$flags" -o "$out/$name.new" "$package" 2>&1 | progress "$name" "$total"
	mv "$out/$name.new" "$out/$name"
	say "$name: done, ${SECONDS}s elapsed"
}

wanted=(etcd kube-apiserver kube-controller-manager kubectl)
if [[ -n ${KUBEBUILDER_ASSETS:-} ]]; then
	if ! present "$KUBEBUILDER_ASSETS" etcd kube-apiserver kubectl; then
		say "KUBEBUILDER_ASSETS=$KUBEBUILDER_ASSETS lacks etcd, kube-apiserver or kubectl; unset it to have them built" >&2
		exit 1
	fi
	say "using KUBEBUILDER_ASSETS=$KUBEBUILDER_ASSETS"
	present "$KUBEBUILDER_ASSETS" kube-controller-manager && exit 0
	wanted=(kube-controller-manager)
	stamp=$out/.stamp-controller-manager
fi

sum=$(inputs "${wanted[@]}")
if [[ -f $stamp && $(<"$stamp") == "$sum" ]] && present "$out" "${wanted[@]}"; then
	exit 0
fi
mkdir -p "$out"
flags=$(version_flags)
say "building ${wanted[*]} into bin/controlplane; the first time takes a quarter of an hour on two cores"
for name in "${wanted[@]}"; do build "$name"; done
echo "$sum" >"$stamp"
