package cluster

import (
	"context"
	"testing"
	"time"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/controllers"
	"github.com/rolewarden/rolewarden/internal/testenv"
)

// TestTwoClusters: two clusters that ask for one grant know nothing of each other. When one lets go of it, it is removed,
// and the other notices within a drift interval and grants it again. When both have, it is gone.
func TestTwoClusters(t *testing.T) {
	w := newWorld(t)
	w.options.DriftInterval = 2 * time.Second
	w.startManager()
	s := w.scene(t)
	other := s.otherCluster()
	s.ready(s.tenant)
	here := s.granted("shared", alice)
	there := s.grant("shared", alice)
	there.Namespace = metav1.NamespaceDefault
	s.must(other.Create(t.Context(), there))
	s.readyIn(other, there)
	if there.Status.Origin != v1alpha1.OriginAdopted {
		t.Errorf("want it adopted there, got %s", there.Status.Origin)
	}
	s.must(other.Delete(t.Context(), there))
	s.goneIn(other, there)
	s.Eventually(func() bool {
		_, held := s.holds(alice)
		return len(s.commits()) > 2 && held && s.get(here) && isReady(here)
	}, patience, often).Should(gomega.BeTrue(), s.history)

	there = &v1alpha1.RoleAssignment{ObjectMeta: metav1.ObjectMeta{Name: there.Name, Namespace: there.Namespace}, Spec: there.Spec}
	s.must(other.Create(t.Context(), there))
	s.readyIn(other, there)
	s.delete(here)
	s.must(other.Delete(t.Context(), there))
	s.gone(here)
	s.goneIn(other, there)
	s.mustHold(alice, false)
}

// otherCluster starts another control plane with a manager that is connected to the same directory.
func (s *scene) otherCluster() client.Client {
	s.Helper()
	second, err := testenv.Start(s.Context(), testenv.Options{})
	s.must(err)
	s.Cleanup(func() { _ = second.Stop() })
	mgr, err := ctrl.NewManager(second.Config(), ctrl.Options{
		Scheme: scheme(), Metrics: metricsserver.Options{BindAddress: "0"}, HealthProbeBindAddress: "0",
		Controller: config.Controller{SkipNameValidation: ptr.To(true)},
	})
	s.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	s.must(controllers.Setup(ctx, mgr, s.options))
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	s.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			s.Errorf("the other manager: %v", err)
		}
	})
	other, err := client.New(second.Config(), client.Options{Scheme: scheme()})
	s.must(err)
	in := metav1.ObjectMeta{Name: s.tenant.Name, Namespace: s.own}
	for _, object := range []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.own}},
		&corev1.Secret{ObjectMeta: in, StringData: map[string]string{"clientSecret": secret}},
		&corev1.ConfigMap{ObjectMeta: in, Data: s.ca.Data},
		&v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Name: s.tenant.Name}, Spec: s.tenant.Spec},
	} {
		s.must(other.Create(s.Context(), object))
	}
	return other
}

func (s *scene) readyIn(cluster client.Client, obj *v1alpha1.RoleAssignment) {
	s.Helper()
	s.Eventually(func() bool {
		s.must(cluster.Get(s.Context(), client.ObjectKeyFromObject(obj), obj))
		return isReady(obj)
	}, patience, often).Should(gomega.BeTrue(), func() string { return obj.Name })
}

func (s *scene) goneIn(cluster client.Client, obj *v1alpha1.RoleAssignment) {
	s.Helper()
	s.Eventually(func() error {
		return cluster.Get(s.Context(), client.ObjectKeyFromObject(obj), obj)
	}, patience, often).ShouldNot(gomega.Succeed())
}
