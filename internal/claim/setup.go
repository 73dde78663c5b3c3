package claim

import (
	"context"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
	"github.com/rolewarden/rolewarden/internal/tenant"
)

// firstRetry and latestRetry bound the waits after the Kubernetes API failed.
const (
	firstRetry  = 5 * time.Millisecond
	latestRetry = 30 * time.Second
)

// spare is one more than the number of Tenants that may fail to answer before those that do are held up.
const spare = 4

// Options are what all kinds are run with. All are required; what is of lifecycle.Options means the same.
type Options struct {
	// Tenants are the connected directories.
	Tenants *tenant.Registry
	// Concurrency is how many objects of one Tenant are looked at at once.
	Concurrency int

	Client            client.Client
	Live              client.Reader
	Events            events.EventRecorder
	Clock             clock.Clock
	Jitter            func(time.Duration) time.Duration
	PropagationWindow time.Duration
	DriftInterval     time.Duration
}

// NewReconciler returns the reconciler of a kind, and completes the kind.
func NewReconciler[T lifecycle.Object[L], L lifecycle.Ledger](k *Kind[T, L], o Options) *lifecycle.Reconciler[T, L] {
	k.Reader, k.Live, k.Tenants, k.window = o.Client, o.Live, o.Tenants, o.PropagationWindow
	return lifecycle.New(lifecycle.Options[T, L]{
		Name: k.Name, Kind: k, Client: o.Client, Live: o.Live, Events: o.Events, Clock: o.Clock, Jitter: o.Jitter,
		PropagationWindow: o.PropagationWindow, DriftInterval: o.DriftInterval,
	})
}

// Setup adds the controller of a kind to a manager.
func Setup[T lifecycle.Object[L], L lifecycle.Ledger](ctx context.Context, mgr ctrl.Manager, k *Kind[T, L], o Options) error {
	if err := mgr.GetFieldIndexer().IndexField(ctx, k.NewObject(), grantIndex, k.index); err != nil {
		return fmt.Errorf("indexing %s by grant: %w", k.Plural, err)
	}
	reconciler := NewReconciler(k, o)
	tenants := source.TypedChannel(o.Tenants.Subscribe(), handler.TypedEnqueueRequestsFromMapFunc(k.ofTenant(reconciler.Hasten)))
	lanes := lifecycle.NewLanes(reconciler, k.lane, o.Concurrency)
	b := ctrl.NewControllerManagedBy(mgr).
		Named(strings.ToLower(k.Name)).
		For(k.NewObject(), builder.WithPredicates(lifecycle.Changed[T]())).
		Watches(k.NewObject(), reconciler.Deletions()).
		WatchesRawSource(tenants).
		WatchesRawSource(lanes.Source()).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: o.Concurrency * spare,
			// By default it would be up to 17 minutes before an object is looked at again after the API server was away.
			RateLimiter: workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, latestRetry),
		})
	if k.Refs != nil {
		b = b.Watches(&v1alpha1.Group{}, k.whoRefer(reconciler, func(group, _ string) string { return group })).
			Watches(&v1alpha1.RoleDefinition{}, k.whoRefer(reconciler, func(_, definition string) string { return definition }))
	}
	for _, dependent := range k.Dependents {
		b = b.Watches(dependent, k.whoWait(reconciler), builder.WithPredicates(gone()))
	}
	if err := b.Complete(lanes); err != nil {
		return fmt.Errorf("setting up %s: %w", k.Plural, err)
	}
	return nil
}

// gone lets through that an object is no more.
func gone() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc:  func(event.CreateEvent) bool { return false },
		UpdateFunc:  func(event.UpdateEvent) bool { return false },
		GenericFunc: func(event.GenericEvent) bool { return false },
	}
}

// whoRefer makes those due that refer to an object which has changed.
func (k *Kind[T, L]) whoRefer(r *lifecycle.Reconciler[T, L], ref func(group, definition string) string) handler.EventHandler {
	return k.wake(r, func(obj T, changed client.Object) bool {
		return ref(k.Refs(obj)) == changed.GetName()
	}, func(changed client.Object) client.ListOption { return client.InNamespace(changed.GetNamespace()) })
}

// whoWait makes those due that are being deleted, when something has gone that they may have waited for.
func (k *Kind[T, L]) whoWait(r *lifecycle.Reconciler[T, L]) handler.EventHandler {
	return k.wake(r, func(obj T, _ client.Object) bool {
		return !obj.GetDeletionTimestamp().IsZero()
	}, func(client.Object) client.ListOption { return client.InNamespace(metav1.NamespaceAll) })
}

// wake makes those due that an event concerns.
func (k *Kind[T, L]) wake(
	r *lifecycle.Reconciler[T, L], concerns func(T, client.Object) bool, among func(client.Object) client.ListOption,
) handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, changed client.Object) []reconcile.Request {
		return k.requests(ctx, r.Hasten, func(obj T) bool { return concerns(obj, changed) }, among(changed))
	})
}

// requests lists the objects that something concerns, and makes them due.
func (k *Kind[T, L]) requests(ctx context.Context, hasten func(client.ObjectKey), concerns func(T) bool, among ...client.ListOption) []reconcile.Request {
	list := k.NewList()
	if err := k.Reader.List(ctx, list, append(among, client.UnsafeDisableDeepCopy)...); err != nil {
		return nil // the cache has ended, and with it the manager
	}
	var all []reconcile.Request
	_ = k.each(list, func(obj T) bool {
		if concerns(obj) {
			name := client.ObjectKeyFromObject(obj)
			hasten(name)
			all = append(all, reconcile.Request{NamespacedName: name})
		}
		return true
	})
	return all
}

// index is what an object is found by in the cache.
func (k *Kind[T, L]) index(obj client.Object) []string {
	claim, ok := obj.(T)
	if !ok || claim.GetGrant() == nil {
		return nil
	}
	return []string{(*claim.GetGrant()).String()}
}

// lane has each Tenant's objects go their own way. Of what has gone a directory is hardly ever asked.
func (k *Kind[T, L]) lane(ctx context.Context, req ctrl.Request) string {
	obj := k.NewObject()
	if err := k.Reader.Get(ctx, req.NamespacedName, obj); err != nil {
		return ""
	}
	return obj.GetClaimSpec().TenantRef.Name
}

// ofTenant lists the objects of a Tenant that was connected or has gone, and makes them due: they may have been waiting for
// that.
func (k *Kind[T, L]) ofTenant(hasten func(client.ObjectKey)) handler.TypedMapFunc[*v1alpha1.Tenant, reconcile.Request] {
	return func(ctx context.Context, t *v1alpha1.Tenant) []reconcile.Request {
		return k.requests(ctx, hasten, func(obj T) bool { return k.concerns(obj, t) })
	}
}

// concerns tells whether an object is, or may be, of that Tenant.
func (k *Kind[T, L]) concerns(obj T, t *v1alpha1.Tenant) bool {
	ref, grant := obj.GetClaimSpec().TenantRef, obj.GetGrant()
	return ref.Name == "" || ref.Name == t.Name || (grant != nil && strings.EqualFold(string(k.TenantID(*grant)), string(t.Spec.TenantID)))
}
