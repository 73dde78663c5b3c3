package cluster

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/onsi/gomega"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/test/internal/stage"
)

// many is how many objects hold a grant when their CRD is deleted.
const many = 500

// TestCRDDeleted: with the CRD of RoleAssignments all objects go, and with each its grant. The manager lives on, lets a
// Tenant go meanwhile, and works as before once the CRD is applied again.
func TestCRDDeleted(t *testing.T) {
	w := running(t)
	s := w.scene(t)
	s.Ready(s.tenant)
	s.grantMany()
	if held := len(s.sim.Assignments(s.directory)); held != many {
		t.Fatalf("want %d grants, got %d", many, held)
	}
	crd := crdNamed("roleassignments")
	s.Delete(crd)
	s.Gone(crd)
	if left := s.sim.Assignments(s.directory); len(left) != 0 {
		t.Errorf("want nothing left, got %d such as %+v", len(left), left[0])
	}
	s.Delete(s.tenant)
	s.Gone(s.tenant)
	s.applyCRDs()
	s.Create(s.tenantAgain())
	s.granted("afterwards", alice)
	s.mustHold(alice, true)
}

// TestAllCRDsDeleted: uninstalling the API deletes both CRDs at once. The grants go first, then the Tenants.
func TestAllCRDsDeleted(t *testing.T) {
	w := running(t)
	s := w.scene(t)
	s.Ready(s.tenant)
	s.granted("one", alice)
	tenants, assignments := crdNamed("tenants"), crdNamed("roleassignments")
	s.Delete(tenants, assignments)
	s.Gone(assignments, tenants)
	s.mustHold(alice, false)
	s.applyCRDs()
	s.Create(s.tenantAgain())
	s.granted("two", bob)
}

// grantMany creates objects with a principal each, and waits until all are Ready.
func (s *scene) grantMany() {
	s.Helper()
	names := make(chan string)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for name := range names {
				if err := s.Kube.Create(s.Context(), s.grant(name, s.user(name))); err != nil {
					s.Errorf("creating %s: %v", name, err)
				}
			}
		})
	}
	for n := range many {
		names <- fmt.Sprintf("many-%d", n)
	}
	close(names)
	workers.Wait()
	s.Eventually(func() int {
		var list v1alpha1.RoleAssignmentList
		s.Must(s.Kube.List(s.Context(), &list, client.InNamespace(s.namespace.Name)))
		ready := 0
		for i := range list.Items {
			if stage.Has(&list.Items[i], v1alpha1.ConditionReady) {
				ready++
			}
		}
		return ready
	}, 2*patience, 10*often).Should(gomega.Equal(many))
}

func crdNamed(plural string) *apiextensionsv1.CustomResourceDefinition {
	return &apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: plural + ".entra.rolewarden.dev"}}
}

// applyCRDs applies the CRDs again, and waits until they are served.
func (s *scene) applyCRDs() {
	s.Helper()
	_, err := envtest.InstallCRDs(s.Plane.Config(), envtest.CRDInstallOptions{
		Paths: []string{filepath.Join(root, "config", "crd", "bases")}, ErrorIfPathMissing: true,
	})
	s.Must(err)
	s.Eventually(func() error { return s.Kube.List(context.Background(), &v1alpha1.RoleAssignmentList{}) }, patience, often).Should(gomega.Succeed())
}
