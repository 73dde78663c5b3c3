package tenant

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph/msgraph"
)

// +kubebuilder:rbac:groups=entra.rolewarden.dev,resources=tenants,verbs=list;watch;patch
// +kubebuilder:rbac:groups=entra.rolewarden.dev,resources=tenants/status,verbs=patch
// +kubebuilder:rbac:groups="",namespace=rolewarden-system,resources=secrets;configmaps,verbs=list;watch

// Setup adds the controller of Tenants to a manager.
func Setup(mgr ctrl.Manager, o Options) error {
	r := &Reconciler{Options: o, pauses: &msgraph.Pauses{}}
	return ctrl.NewControllerManagedBy(mgr).
		Named("tenant").
		For(&v1alpha1.Tenant{}, builder.WithPredicates(changed())).
		Watches(&v1alpha1.Tenant{}, handler.EnqueueRequestsFromMapFunc(r.twins), builder.WithPredicates(deleted())).
		Watches(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.users(secretsOf))).
		Watches(&corev1.ConfigMap{}, handler.EnqueueRequestsFromMapFunc(r.users(configMapsOf))).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: o.Concurrency,
			RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, latestRetry),
		}).
		Complete(r)
}

// changed lets through what a pass goes by: the spec, a deletion, a request to reconcile, and that the finalizer was taken
// off, so that it is put back.
func changed() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld, e.ObjectNew
		return before.GetGeneration() != after.GetGeneration() ||
			(controllerutil.ContainsFinalizer(before, v1alpha1.TenantFinalizer) && !controllerutil.ContainsFinalizer(after, v1alpha1.TenantFinalizer)) ||
			before.GetAnnotations()[v1alpha1.ReconcileRequestAnnotation] != after.GetAnnotations()[v1alpha1.ReconcileRequestAnnotation]
	}}
}

func deleted() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc:  func(event.CreateEvent) bool { return false },
		UpdateFunc:  func(event.UpdateEvent) bool { return false },
		GenericFunc: func(event.GenericEvent) bool { return false },
	}
}

// twins finds the Tenants of the same directory: once one has gone, another takes its place.
func (r *Reconciler) twins(ctx context.Context, gone client.Object) []reconcile.Request {
	var list v1alpha1.TenantList
	t, ok := gone.(*v1alpha1.Tenant)
	if !ok || r.Client.List(ctx, &list) != nil {
		return nil
	}
	var requests []reconcile.Request
	for i := range list.Items {
		if sameDirectory(&list.Items[i], t) {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
		}
	}
	return requests
}

// users finds the Tenants whose spec names an object of the controller's namespace.
func (r *Reconciler) users(names func(*v1alpha1.TenantSpec) []v1alpha1.ObjectName) handler.MapFunc {
	return func(ctx context.Context, obj client.Object) []reconcile.Request {
		var list v1alpha1.TenantList
		if obj.GetNamespace() != r.Namespace || r.Client.List(ctx, &list) != nil {
			return nil
		}
		var requests []reconcile.Request
		for i := range list.Items {
			for _, name := range names(&list.Items[i].Spec) {
				if string(name) == obj.GetName() {
					requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
				}
			}
		}
		return requests
	}
}

func secretsOf(spec *v1alpha1.TenantSpec) []v1alpha1.ObjectName {
	return []v1alpha1.ObjectName{spec.Credential.ClientSecret.SecretRef.Name, spec.Credential.Certificate.SecretRef.Name}
}

func configMapsOf(spec *v1alpha1.TenantSpec) []v1alpha1.ObjectName {
	return []v1alpha1.ObjectName{spec.Endpoints.CABundleRef.Name}
}
