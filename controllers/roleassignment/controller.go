package roleassignment

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
	"github.com/rolewarden/rolewarden/internal/tenant"
)

// +kubebuilder:rbac:groups=entra.rolewarden.dev,resources=roleassignments,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=entra.rolewarden.dev,resources=roleassignments/status,verbs=patch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get

// firstRetry and latestRetry bound the waits after the Kubernetes API failed.
const (
	firstRetry  = 5 * time.Millisecond
	latestRetry = 30 * time.Second
)

// spare is one more than the number of Tenants that may fail to answer before those that do are held up.
const spare = 4

// Options are what Setup needs. All are required.
type Options struct {
	// Lifecycle are the shell's options; Name and Kind are filled in here.
	Lifecycle lifecycle.Options[*v1alpha1.RoleAssignment, v1alpha1.AssignmentGrant]
	// Tenants are the connected directories.
	Tenants *tenant.Registry
	// Concurrency is how many RoleAssignments of one Tenant are looked at at once.
	Concurrency int
}

// Setup adds the controller of RoleAssignments to a manager.
func Setup(ctx context.Context, mgr ctrl.Manager, o Options) error {
	err := mgr.GetFieldIndexer().IndexField(ctx, &v1alpha1.RoleAssignment{}, grantIndex, grantOfObject)
	if err != nil {
		return fmt.Errorf("indexing RoleAssignments by grant: %w", err)
	}
	reconciler := NewReconciler(mgr.GetClient(), o)
	tenants := source.TypedChannel(o.Tenants.Subscribe(), handler.TypedEnqueueRequestsFromMapFunc(ofTenant(mgr.GetClient(), reconciler.Hasten)))
	lanes := lifecycle.NewLanes(reconciler, laneOf(mgr.GetClient()), o.Concurrency)
	return ctrl.NewControllerManagedBy(mgr).
		Named("roleassignment").
		For(&v1alpha1.RoleAssignment{}, builder.WithPredicates(lifecycle.Changed[*v1alpha1.RoleAssignment]())).
		Watches(&v1alpha1.RoleAssignment{}, reconciler.Deletions()).
		WatchesRawSource(tenants).
		WatchesRawSource(lanes.Source()).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: o.Concurrency * spare,
			// By default it would be up to 17 minutes before an object is looked at again after the API server was away.
			RateLimiter: workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, latestRetry),
		}).
		Complete(lanes)
}

// laneOf has each Tenant's objects go their own way.
func laneOf(reader client.Reader) func(context.Context, ctrl.Request) string {
	return func(ctx context.Context, req ctrl.Request) string {
		var obj v1alpha1.RoleAssignment
		if err := reader.Get(ctx, req.NamespacedName, &obj); err != nil {
			return "" // it has gone, and hardly ever is a directory asked about it
		}
		return obj.Spec.TenantRef.Name
	}
}

// Reconciler reconciles RoleAssignments.
type Reconciler = lifecycle.Reconciler[*v1alpha1.RoleAssignment, v1alpha1.AssignmentGrant]

// NewReconciler returns the reconciler of RoleAssignments.
func NewReconciler(reader client.Reader, o Options) *Reconciler {
	o.Lifecycle.Name = "RoleAssignment"
	o.Lifecycle.Kind = &kind{client: reader, tenants: o.Tenants}
	return lifecycle.New(o.Lifecycle)
}

func grantOfObject(obj client.Object) []string {
	ra, ok := obj.(*v1alpha1.RoleAssignment)
	if !ok || ra.GetGrant() == nil {
		return nil
	}
	return []string{ra.GetGrant().String()}
}

// ofTenant lists the objects of a Tenant that was connected or has gone, and makes them due: they may have been waiting for
// that.
func ofTenant(reader client.Reader, hasten func(client.ObjectKey)) handler.TypedMapFunc[*v1alpha1.Tenant, reconcile.Request] {
	return func(ctx context.Context, t *v1alpha1.Tenant) []reconcile.Request {
		var list v1alpha1.RoleAssignmentList
		if err := reader.List(ctx, &list, client.UnsafeDisableDeepCopy); err != nil {
			return nil // the cache has ended, and with it the manager
		}
		var requests []reconcile.Request
		for i := range list.Items {
			if concerns(&list.Items[i], t) {
				name := client.ObjectKeyFromObject(&list.Items[i])
				hasten(name)
				requests = append(requests, reconcile.Request{NamespacedName: name})
			}
		}
		return requests
	}
}

// concerns tells whether an object is, or may be, of that Tenant.
func concerns(obj *v1alpha1.RoleAssignment, t *v1alpha1.Tenant) bool {
	ref, grant := obj.Spec.TenantRef, obj.GetGrant()
	return ref.Name == "" || ref.Name == t.Name || (grant != nil && strings.EqualFold(string(grant.TenantID), string(t.Spec.TenantID)))
}
