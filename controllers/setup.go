package controllers

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/rolewarden/rolewarden/controllers/group"
	"github.com/rolewarden/rolewarden/controllers/groupmembership"
	"github.com/rolewarden/rolewarden/controllers/roleassignment"
	"github.com/rolewarden/rolewarden/controllers/roledefinition"
	"github.com/rolewarden/rolewarden/controllers/roleeligibility"
	tenantcontroller "github.com/rolewarden/rolewarden/controllers/tenant"
	"github.com/rolewarden/rolewarden/internal/claim"
	"github.com/rolewarden/rolewarden/internal/tenant"
)

// What the manager itself needs: a lease for the leader, and the review of who reads its metrics.
// +kubebuilder:rbac:groups=coordination.k8s.io,namespace=rolewarden-system,resources=leases,verbs=get;create;update
// +kubebuilder:rbac:groups="",namespace=rolewarden-system,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups=authentication.k8s.io,resources=tokenreviews,verbs=create
// +kubebuilder:rbac:groups=authorization.k8s.io,resources=subjectaccessreviews,verbs=create

// jitter is by how much, at most, a wait is lengthened by chance.
const jitter = 0.2

// Options are the settings that all controllers share.
type Options struct {
	// Namespace is the controller's own, where credentials are.
	Namespace string
	// Environment is what workload identity put into the controller's environment.
	Environment tenantcontroller.Environment
	// PropagationWindow and DriftInterval are those of lifecycle.Options.
	PropagationWindow time.Duration
	DriftInterval     time.Duration
	// Concurrency is how many objects of a kind are looked at at once in one Tenant.
	Concurrency int
	// UserAgent is sent to the directory with every call.
	UserAgent string
	// Clock tells the time.
	Clock clock.Clock
	// Transport carries all calls to directories; nil is the real network.
	Transport http.RoundTripper
}

// Setup adds the controllers to a manager.
func Setup(ctx context.Context, mgr ctrl.Manager, o Options) error {
	registry := tenant.NewRegistry()
	live := mgr.GetAPIReader()
	err := tenantcontroller.Setup(mgr, tenantcontroller.Options{
		Client: mgr.GetClient(), Events: mgr.GetEventRecorder("rolewarden"), Clock: o.Clock, Registry: registry,
		Namespace: o.Namespace, Environment: o.Environment, Concurrency: o.Concurrency, UserAgent: o.UserAgent, Transport: o.Transport,
		Holders: []tenantcontroller.Holder{
			roleassignment.NewKind(o.Clock).Holder(live), roleeligibility.NewKind(o.Clock).Holder(live),
			group.NewKind().Holder(live), groupmembership.NewKind().Holder(live), roledefinition.NewKind().Holder(live),
		},
	})
	if err != nil {
		return fmt.Errorf("setting up Tenants: %w", err)
	}
	claims := claim.Options{
		Tenants: registry, Concurrency: o.Concurrency,
		Client: mgr.GetClient(), Live: live, Events: mgr.GetEventRecorder("rolewarden"), Clock: o.Clock,
		PropagationWindow: o.PropagationWindow, DriftInterval: o.DriftInterval,
		Jitter: func(d time.Duration) time.Duration { return wait.Jitter(d, jitter) },
	}
	for _, setup := range []func(context.Context, ctrl.Manager, claim.Options) error{
		roleassignment.Setup, roleeligibility.Setup, group.Setup, groupmembership.Setup, roledefinition.Setup,
	} {
		if err := setup(ctx, mgr, claims); err != nil {
			return err
		}
	}
	return nil
}
