package testenv

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// assetsVariable is envtest's own: whoever has its binaries need not build them.
const assetsVariable = "KUBEBUILDER_ASSETS"

// assets are the paths of the binaries that make up a control plane.
type assets struct {
	etcd, apiServer, controllerManager, kubectl string
}

// findAssets looks in dir, or in KUBEBUILDER_ASSETS, and then in bin/controlplane. More than one directory may be needed,
// because envtest's bundles lack the controller manager.
func findAssets(root, dir string) (assets, error) {
	dirs := []string{cmp.Or(dir, os.Getenv(assetsVariable)), filepath.Join(root, "bin", "controlplane")}
	var found assets
	err := errors.Join(
		findBinary("etcd", dirs, &found.etcd),
		findBinary("kube-apiserver", dirs, &found.apiServer),
		findBinary("kube-controller-manager", dirs, &found.controllerManager),
		findBinary("kubectl", dirs, &found.kubectl),
	)
	if err != nil {
		return assets{}, fmt.Errorf("looking for the control plane, run make controlplane: %w", err)
	}
	return found, nil
}

func findBinary(name string, dirs []string, path *string) error {
	for _, dir := range dirs {
		candidate := filepath.Join(dir, name)
		if info, err := os.Stat(candidate); dir != "" && err == nil && info.Mode().IsRegular() {
			*path = candidate
			return nil
		}
	}
	return fmt.Errorf("%s is in none of %q", name, dirs)
}

// findRoot walks up from the working directory to the module's go.mod: tests run in the directory of their package.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the repository: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("finding the repository: no go.mod above the working directory")
		}
		dir = parent
	}
}
