// Command golangci-lint is golangci-lint with the kube-api-linter compiled in.
//
// "golangci-lint custom" clones golangci-lint's repository for the same result. This main needs nothing but Go modules, at
// the versions that hack/tools/go.mod pins.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/golangci/golangci-lint/v2/pkg/commands"
	"github.com/golangci/golangci-lint/v2/pkg/exitcodes"
	_ "sigs.k8s.io/kube-api-linter" // registers itself as the module plugin "kubeapilinter"
)

const linterModule = "github.com/golangci/golangci-lint/v2"

func main() {
	info := commands.BuildInfo{GoVersion: runtime.Version(), Version: linterVersion(), Commit: "none", Date: "unknown"}
	if err := commands.Execute(info); err != nil {
		_, _ = fmt.Fprintf(os.Stderr, "golangci-lint: %v\n", err)
		os.Exit(exitcodes.Failure)
	}
}

// linterVersion is what the go.mod beside this program pins; golangci-lint also keys its cache with it.
func linterVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, dep := range info.Deps {
		if dep.Path == linterModule {
			return strings.TrimPrefix(dep.Version, "v")
		}
	}
	return "unknown"
}
