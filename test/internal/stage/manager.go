package stage

import (
	"context"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/rolewarden/rolewarden/controllers"
)

// StartManager starts the controllers as cmd/manager does, but for its addresses and its lease, and returns how to end them.
func (s *Stage) StartManager(as *rest.Config, options controllers.Options) (stop func()) {
	s.Helper()
	own := cache.ByObject{Namespaces: map[string]cache.Config{options.Namespace: {}}}
	mgr, err := ctrl.NewManager(as, ctrl.Options{
		Scheme: Scheme(), Metrics: metricsserver.Options{BindAddress: "0"}, HealthProbeBindAddress: "0",
		Controller: config.Controller{SkipNameValidation: ptr.To(true)},
		Cache: cache.Options{
			DefaultTransform: cache.TransformStripManagedFields(),
			ByObject:         map[client.Object]cache.ByObject{&corev1.Secret{}: own, &corev1.ConfigMap{}: own},
		},
	})
	s.Must(err)
	ctx, cancel := context.WithCancel(context.Background())
	s.Must(controllers.Setup(ctx, mgr, options))
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			s.Errorf("manager: %v", err)
		}
	})
}
