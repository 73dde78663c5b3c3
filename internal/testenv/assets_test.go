package testenv

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindAssets(t *testing.T) {
	all := []string{"etcd", "kube-apiserver", "kube-controller-manager", "kubectl"}
	cases := map[string]struct {
		inVariable, inRepository []string
		wantMissing              string
	}{
		"built here":                   {inRepository: all},
		"given whole":                  {inVariable: all},
		"given as envtest bundles it":  {inVariable: []string{"etcd", "kube-apiserver", "kubectl"}, inRepository: all[2:3]},
		"nothing there":                {wantMissing: "etcd"},
		"controller manager not built": {inVariable: []string{"etcd", "kube-apiserver", "kubectl"}, wantMissing: "kube-controller-manager"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			given, root := t.TempDir(), t.TempDir()
			touch(t, given, tc.inVariable)
			touch(t, filepath.Join(root, "bin", "controlplane"), tc.inRepository)
			t.Setenv(assetsVariable, given)
			got, err := findAssets(root, "")
			if tc.wantMissing == "" {
				if err != nil || got.controllerManager == "" {
					t.Fatalf("findAssets() = %+v, %v, want all of them", got, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), "run make controlplane") || !strings.Contains(err.Error(), tc.wantMissing+" is in none") {
				t.Fatalf("findAssets() error = %v, want one that names %s and what to run", err, tc.wantMissing)
			}
		})
	}
}

func touch(t *testing.T, dir string, names []string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
