package cluster

import (
	"testing"
	"time"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/testenv"
	"github.com/rolewarden/rolewarden/test/internal/stage"
)

// TestTwoClusters: two clusters that ask for one grant know nothing of each other. When one lets go of it, it is removed,
// and the other notices within a drift interval and grants it again. When both have, it is gone.
func TestTwoClusters(t *testing.T) {
	w := newWorld(t)
	w.options.DriftInterval = 2 * time.Second
	w.startManager()
	s := w.scene(t)
	other := s.otherCluster()
	s.Ready(s.tenant)
	here := s.granted("shared", alice)
	there := s.grant("shared", alice)
	there.Namespace = metav1.NamespaceDefault
	s.Must(other.Create(t.Context(), there))
	s.readyIn(other, there)
	if there.Status.Origin != v1alpha1.OriginAdopted {
		t.Errorf("want it adopted there, got %s", there.Status.Origin)
	}
	s.Must(other.Delete(t.Context(), there))
	s.goneIn(other, there)
	s.Eventually(func() bool {
		_, held := s.holds(alice)
		return len(s.commits()) > 2 && held && s.Get(here) && stage.Has(here, v1alpha1.ConditionReady)
	}, patience, often).Should(gomega.BeTrue(), s.history)

	there = &v1alpha1.RoleAssignment{ObjectMeta: metav1.ObjectMeta{Name: there.Name, Namespace: there.Namespace}, Spec: there.Spec}
	s.Must(other.Create(t.Context(), there))
	s.readyIn(other, there)
	s.Delete(here)
	s.Must(other.Delete(t.Context(), there))
	s.Gone(here)
	s.goneIn(other, there)
	s.mustHold(alice, false)
}

// otherCluster starts another control plane with a manager that is connected to the same directory.
func (s *scene) otherCluster() client.Client {
	s.Helper()
	plane, err := testenv.Start(s.Context(), testenv.Options{}) // not of the pool, where everybody might wait for a second one
	s.Must(err)
	s.Cleanup(func() { _ = plane.Stop() })
	s.Cleanup(s.StartManager(plane.Config(), s.options))
	other, err := client.New(plane.Config(), client.Options{Scheme: stage.Scheme()})
	s.Must(err)
	in := metav1.ObjectMeta{Name: s.tenant.Name, Namespace: s.own}
	for _, object := range []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.own}},
		&corev1.Secret{ObjectMeta: in, StringData: map[string]string{"clientSecret": secret}},
		&corev1.ConfigMap{ObjectMeta: in, Data: s.ca.Data},
		&v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Name: s.tenant.Name}, Spec: s.tenant.Spec},
	} {
		s.Must(other.Create(s.Context(), object))
	}
	return other
}

func (s *scene) readyIn(cluster client.Client, obj *v1alpha1.RoleAssignment) {
	s.Helper()
	s.Eventually(func() bool {
		s.Must(cluster.Get(s.Context(), client.ObjectKeyFromObject(obj), obj))
		return stage.Has(obj, v1alpha1.ConditionReady)
	}, patience, often).Should(gomega.BeTrue(), func() string { return obj.Name })
}

func (s *scene) goneIn(cluster client.Client, obj *v1alpha1.RoleAssignment) {
	s.Helper()
	s.Eventually(func() error {
		return cluster.Get(s.Context(), client.ObjectKeyFromObject(obj), obj)
	}, patience, often).ShouldNot(gomega.Succeed())
}
