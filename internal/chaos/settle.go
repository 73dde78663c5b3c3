package chaos

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

type object = v1alpha1.RoleAssignment

func ours(a graphsim.AssignmentRecord) bool { return a.Provenance.Source == graphsim.SourceCall }

// key is the grant of the role to one of the trial's principals.
func (t *Trial) key(p principal) Grant {
	return row{PrincipalID: p.id, RoleDefinitionID: helpdesk, DirectoryScopeID: "/"}.grant(t.tenantID)
}

// asks is the key that a spec asks for.
func (t *Trial) asks(obj *object) Grant {
	for _, p := range t.principals {
		if string(obj.Spec.Principal.ID) == p.id || string(obj.Spec.Principal.User) == p.upn {
			return t.key(p)
		}
	}
	return Grant{}
}

func guarded(obj *object) bool {
	return controllerutil.ContainsFinalizer(obj, v1alpha1.RevokeFinalizer)
}

// names tells whether the object's ledger names the key, and its finalizer is on.
func (t *Trial) named(obj *object, key Grant) bool { return guarded(obj) && obj.Status.Grant == key }

// stays tells whether the object holds the key and goes on doing so.
func (t *Trial) stays(obj *object, key Grant) bool {
	return t.named(obj, key) && obj.DeletionTimestamp.IsZero() && t.asks(obj) == key
}

// objects reads the trial's objects live.
func (t *Trial) objects(ctx context.Context) ([]*object, error) {
	var all []*object
	for _, name := range t.names() {
		obj := &object{}
		switch err := t.world.Kube.Get(ctx, client.ObjectKey{Namespace: t.world.Namespace, Name: name}, obj); {
		case apierrors.IsNotFound(err):
		case err != nil:
			return nil, err
		default:
			all = append(all, obj)
		}
	}
	return all, nil
}

// watched are the trial's objects as the watch showed them last.
func (t *Trial) watched() []*object {
	var all []*object
	for _, name := range t.names() {
		if obj := t.world.object(name); obj != nil {
			all = append(all, obj)
		}
	}
	return all
}

// standing are the assignments that truly stand for the trial's principals.
func (t *Trial) standing() map[Grant]graphsim.AssignmentRecord {
	all := map[Grant]graphsim.AssignmentRecord{}
	for _, a := range t.world.Directory.Assignments(t.tenantID) {
		if a.PrincipalID == t.principals[0].id || a.PrincipalID == t.principals[1].id {
			all[recorded(t.tenantID, a)] = a
		}
	}
	return all
}

func saysReady(obj *object) bool {
	return meta.IsStatusConditionTrue(obj.Status.Conditions, v1alpha1.ConditionReady) &&
		ptr.Deref(obj.Status.ObservedGeneration, -1) == obj.Generation
}

// reason is why the object is Ready or not, by its present generation.
func reason(obj *object) v1alpha1.Reason {
	ready := meta.FindStatusCondition(obj.Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil || ptr.Deref(obj.Status.ObservedGeneration, -1) != obj.Generation {
		return ""
	}
	return v1alpha1.Reason(ready.Reason)
}

// settled says what is not as it should be: each object that is left holds what it asks for, what was deleted is gone, and
// nothing stands that nobody asks for. It asks the watch first, and then, to be sure, the API server.
func settled(ctx context.Context, t *Trial) string {
	return t.confirmed(ctx, t.amiss)
}

// confirmed asks the watch, and if that shows nothing amiss, the API server.
func (t *Trial) confirmed(ctx context.Context, amiss func([]*object) string) string {
	if wrong := amiss(t.watched()); wrong != "" {
		return wrong
	}
	live, err := t.objects(ctx)
	if err != nil {
		return err.Error()
	}
	return amiss(live)
}

func (t *Trial) amiss(objects []*object) string {
	standing, orphans := t.standing(), t.orphans()
	named := map[Grant]bool{}
	for _, obj := range objects {
		if wrong := t.amissOf(obj, standing); wrong != "" {
			return obj.Name + " " + wrong
		}
		named[obj.Status.Grant] = true
	}
	for key, a := range standing {
		// What a late call makes of it is for the witness to judge.
		if ours(a) && !named[key] && !orphans[key] {
			return "nobody stands for " + key.String()
		}
	}
	return ""
}

func (t *Trial) amissOf(obj *object, standing map[Grant]graphsim.AssignmentRecord) string {
	key := t.asks(obj)
	a, stands := standing[key]
	switch {
	case !obj.DeletionTimestamp.IsZero():
		return "is not gone: " + describeConditions(obj.Status.Conditions)
	case reason(obj) == "":
		return "is not looked at"
	case obj.Spec.Mode == v1alpha1.ModeSuspend:
		return unless(reason(obj) == v1alpha1.ReasonSuspended, "does not say that it is suspended")
	case obj.Spec.Mode == v1alpha1.ModeObserve:
		return unless(saysReady(obj) == stands, "says what is not so")
	case obj.Spec.Adoption == v1alpha1.AdoptionRefuse && reason(obj) == v1alpha1.ReasonAlreadyExists:
		return unless(stands && !ours(a), "says what is not so")
	}
	return unless(saysReady(obj) && stands && obj.Status.Grant == key, "does not hold its grant: "+describeConditions(obj.Status.Conditions))
}

func unless(so bool, what string) string {
	if so {
		return ""
	}
	return what
}

// allGone says what is left of the trial.
func allGone(ctx context.Context, t *Trial) string {
	t.mu.Lock()
	late := t.late
	t.mu.Unlock()
	if late > 0 {
		return "a call is still to be carried out"
	}
	return t.confirmed(ctx, func(objects []*object) string {
		if len(objects) > 0 {
			return objects[0].Name + " is not gone: " + describeConditions(objects[0].Status.Conditions)
		}
		orphans := t.orphans()
		for key, a := range t.standing() {
			if ours(a) && !orphans[key] {
				return "nobody stands for " + key.String()
			}
		}
		return ""
	})
}

// ledgered waits for nothing but that the object names what it will create.
func ledgered(ctx context.Context, t *Trial) string {
	return t.confirmed(ctx, func(objects []*object) string {
		return unless(len(objects) > 0 && objects[0].GetGrant() != nil, "the ledger is not written")
	})
}

// says waits until the first object gives a reason. A manager that began only now has not connected the Tenant at all.
func says(want v1alpha1.Reason) func(context.Context, *Trial) string {
	return func(ctx context.Context, t *Trial) string {
		return t.confirmed(ctx, func(objects []*object) string {
			said := len(objects) > 0 && (reason(objects[0]) == want || reason(objects[0]) == v1alpha1.ReasonTenantNotReady)
			return unless(said, "it does not say "+string(want))
		})
	}
}

// aged waits until the create calls are older than the propagation window.
func aged(ctx context.Context, t *Trial) string {
	if wrong := settled(ctx, t); wrong != "" {
		return wrong
	}
	for _, obj := range t.watched() {
		if at := obj.Status.LastCreateTime; at != nil && t.world.Clock.Since(at.Time) <= t.world.Window {
			return "the newest create call is too young"
		}
	}
	return ""
}

func connected(_ context.Context, t *Trial) string {
	obj := t.world.tenant(t.tenantName)
	ready := obj != nil && obj.DeletionTimestamp.IsZero() && meta.IsStatusConditionTrue(obj.Status.Conditions, v1alpha1.ConditionReady)
	return unless(ready, "the Tenant is not ready")
}

func rejected(_ context.Context, t *Trial) string {
	obj := t.world.tenant(t.tenantName)
	return unless(obj != nil && meta.IsStatusConditionTrue(obj.Status.Conditions, v1alpha1.ConditionStalled), "the Tenant is not stalled")
}

func disconnected(_ context.Context, t *Trial) string {
	return unless(t.world.tenant(t.tenantName) == nil, "the Tenant is not gone")
}
