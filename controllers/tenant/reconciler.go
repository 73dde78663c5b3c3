package tenant

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/graph/msgraph"
	"github.com/rolewarden/rolewarden/internal/tenant"
)

const (
	// checkInterval is how often a Tenant is looked at when nothing happens; failedInterval when it takes a person;
	// brokenInterval when the directory does not answer; inUseInterval at first when it is deleted and in use.
	checkInterval  = 2 * time.Minute
	failedInterval = time.Minute
	brokenInterval = 20 * time.Second
	inUseInterval  = 5 * time.Second
	jitter         = 0.2
	// firstRetry and latestRetry bound the waits after the Kubernetes API failed.
	firstRetry  = 5 * time.Millisecond
	latestRetry = 30 * time.Second
)

// Holder names objects that hold a grant in a directory: an example, or nothing when there is none. It reads live.
type Holder func(ctx context.Context, tenantID string) (example string, err error)

// Options are what a Reconciler needs. All but Transport are required.
type Options struct {
	// Client reads from the cache and writes to the API server.
	Client client.Client
	// Events records what changed.
	Events events.EventRecorder
	// Clock tells the time.
	Clock clock.Clock
	// Registry is where connections are kept.
	Registry *tenant.Registry
	// Namespace is the controller's, the only one that Secrets are read from.
	Namespace string
	// Environment is what workload identity put into the controller's environment.
	Environment Environment
	// Holders find the objects that keep a Tenant from being deleted, one for each kind.
	Holders []Holder
	// Concurrency is how many Tenants are looked at at once: one that does not answer holds up its own only.
	Concurrency int
	// UserAgent is sent with every call.
	UserAgent string
	// Transport carries all calls; nil is the real network.
	Transport http.RoundTripper
}

// Reconciler connects Tenants.
type Reconciler struct {
	Options

	pauses *msgraph.Pauses
}

// Reconcile makes one pass over a Tenant.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	t := &v1alpha1.Tenant{}
	if err := r.Client.Get(ctx, req.NamespacedName, t); apierrors.IsNotFound(err) {
		r.Registry.Forget(req.Name)
		return ctrl.Result{}, nil
	} else if err != nil {
		return ctrl.Result{}, fmt.Errorf("reading the Tenant: %w", err)
	}
	base := t.DeepCopy()
	if !t.DeletionTimestamp.IsZero() {
		return r.finalize(ctx, t, base)
	}
	if controllerutil.AddFinalizer(t, v1alpha1.TenantFinalizer) {
		if err := r.patch(ctx, t, base); err != nil {
			return ctrl.Result{}, err
		}
		base = t.DeepCopy()
	}
	return r.report(ctx, t, base, r.connect(ctx, t))
}

// finalize lets a Tenant go once no object holds a grant in its directory. Until then it stays connected, so that those
// can be revoked, and nothing new is granted.
func (r *Reconciler) finalize(ctx context.Context, t, base *v1alpha1.Tenant) (ctrl.Result, error) {
	r.Registry.Close(t.Name)
	example, err := r.holder(ctx, t)
	if err != nil {
		return ctrl.Result{}, err
	}
	if example == "" {
		r.Registry.Disconnect(t.Name)
		if !controllerutil.RemoveFinalizer(t, v1alpha1.TenantFinalizer) {
			return ctrl.Result{}, nil
		}
		return ctrl.Result{}, client.IgnoreNotFound(r.patch(ctx, t, base))
	}
	s := r.connect(ctx, t)
	if s.ready {
		s = state{reason: v1alpha1.ReasonInUse, message: fmt.Sprintf("Objects still hold grants in this directory, such as %s. Delete them first; or, to keep the Tenant, take off its finalizer and apply it again", example)}
	}
	if _, err := r.report(ctx, t, base, s); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: wait.Jitter(inUseFor(r.Clock.Since(t.DeletionTimestamp.Time)), jitter)}, nil
}

// inUseFor is how long a Tenant is left alone that was deleted so long ago and is still in use. Each look asks the
// directory, and what keeps it may be there for days.
func inUseFor(since time.Duration) time.Duration {
	return min(max(since/8, inUseInterval), failedInterval)
}

func (r *Reconciler) holder(ctx context.Context, t *v1alpha1.Tenant) (string, error) {
	twin, err := r.twin(ctx, t)
	if err != nil || twin != "" {
		return "", err
	}
	for _, holder := range r.Holders {
		if example, err := holder(ctx, string(t.Spec.TenantID)); err != nil || example != "" {
			return example, err
		}
	}
	return "", nil
}

// connect makes sure that the registry holds a connection that works, and says how the Tenant does.
func (r *Reconciler) connect(ctx context.Context, t *v1alpha1.Tenant) state {
	before := t.Status.Permissions.DeepCopy()
	if twin, err := r.twin(ctx, t); err != nil || twin != "" {
		r.Registry.Disconnect(t.Name)
		return duplicate(twin, err)
	}
	connection, err := r.connection(ctx, t)
	if err != nil {
		r.Registry.Disconnect(t.Name)
		return stateOf(err)
	}
	permissions, vital, err := r.probe(ctx, t, connection)
	current, _ := r.Registry.ByName(t.Name)
	if err != nil {
		r.drop(t, current, connection, err)
		return stateOf(err)
	}
	if current != connection || !equality.Semantic.DeepEqual(before, &permissions) {
		r.Registry.Connect(t.DeepCopy(), connection)
	}
	return connectedState(permissions, vital)
}

// drop ends a connection that is no longer what the spec says, or that is not let in. One that does not answer is kept.
func (r *Reconciler) drop(t *v1alpha1.Tenant, current, wanted *tenant.Connection, err error) {
	if graph.ClassOf(err) == graph.Unauthenticated {
		t.Status.Permissions, t.Status.Identity = nil, nil
		r.Registry.Disconnect(t.Name)
	} else if current != wanted {
		r.Registry.Disconnect(t.Name)
	}
}

// connection returns the one that there is, if it was made from the same spec and credential; else a new one.
func (r *Reconciler) connection(ctx context.Context, t *v1alpha1.Tenant) (*tenant.Connection, error) {
	o, err := r.options(ctx, &t.Spec)
	if err != nil {
		return nil, err
	}
	made := fingerprint(t, o)
	if current, _ := r.Registry.ByName(t.Name); current != nil && current.Fingerprint == made {
		return current, nil
	}
	c, err := msgraph.New(o)
	if err != nil {
		return nil, missingError{err.Error()}
	}
	return tenant.NewConnection(t, c, made, r.Clock), nil
}

// probe gets a token, reads from it what the controller may do, and reads the roles, which every grant needs.
func (r *Reconciler) probe(ctx context.Context, t *v1alpha1.Tenant, c *tenant.Connection) (v1alpha1.TenantPermissions, []string, error) {
	if known := t.Status.Permissions; known != nil && len(known.Missing) > 0 {
		c.Client.RenewToken() // what was consented to since is in a new token only
	}
	identity, err := c.Client.Identity(ctx)
	if err != nil {
		return v1alpha1.TenantPermissions{}, nil, err
	}
	permissions, vital := compare(identity.Permissions, needs())
	t.Status.Permissions = &permissions
	t.Status.Identity = &v1alpha1.TenantIdentity{AppID: v1alpha1.ObjectID(identity.AppID), ObjectID: v1alpha1.ObjectID(identity.ObjectID)}
	err = c.RefreshRoles(ctx)
	if graph.ClassOf(err) == graph.Denied && len(vital) > 0 {
		err = nil // the list of missing permissions says it better
	}
	return permissions, vital, err
}

// twin names an older Tenant of the same directory.
func (r *Reconciler) twin(ctx context.Context, t *v1alpha1.Tenant) (string, error) {
	var list v1alpha1.TenantList
	if err := r.Client.List(ctx, &list); err != nil {
		return "", fmt.Errorf("listing Tenants: %w", err)
	}
	for i := range list.Items {
		if older(&list.Items[i], t) {
			return list.Items[i].Name, nil
		}
	}
	return "", nil
}

func duplicate(twin string, err error) state {
	if err != nil {
		return stateOf(err)
	}
	return state{reason: v1alpha1.ReasonDuplicateTenant, stalled: true,
		message: fmt.Sprintf("Tenant %q stands for the same directory already: delete one of the two", twin)}
}
