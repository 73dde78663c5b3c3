package chaos

import (
	"context"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// wish is what a spec may say.
type wish func(t *Trial, s *v1alpha1.RoleAssignmentSpec)

func refuse(_ *Trial, s *v1alpha1.RoleAssignmentSpec) { s.Adoption = v1alpha1.AdoptionRefuse }
func orphan(_ *Trial, s *v1alpha1.RoleAssignmentSpec) {
	s.DeletionPolicy = v1alpha1.DeletionPolicyOrphan
}
func observing(_ *Trial, s *v1alpha1.RoleAssignmentSpec) { s.Mode = v1alpha1.ModeObserve }
func enforcing(_ *Trial, s *v1alpha1.RoleAssignmentSpec) { s.Mode = v1alpha1.ModeEnforce }
func suspended(_ *Trial, s *v1alpha1.RoleAssignmentSpec) { s.Mode = v1alpha1.ModeSuspend }

func byName(t *Trial, s *v1alpha1.RoleAssignmentSpec) {
	s.Principal = v1alpha1.Principal{User: v1alpha1.UserPrincipalName(t.principals[alice].upn)}
	s.Role = v1alpha1.Role{DisplayName: roleName}
}

func forBob(t *Trial, s *v1alpha1.RoleAssignmentSpec) {
	s.Principal = v1alpha1.Principal{ID: v1alpha1.ObjectID(t.principals[bob].id)}
}

// both does one thing and then the other.
func both(first, second Deed) Deed {
	return func(ctx context.Context, t *Trial) error {
		if err := first(ctx, t); err != nil {
			return err
		}
		return second(ctx, t)
	}
}

func apply(name string) Deed { return applyWith(name, func(*Trial, *v1alpha1.RoleAssignmentSpec) {}) }

// applyWith makes an object that asks for the role for alice.
func applyWith(name string, w wish) Deed {
	return func(ctx context.Context, t *Trial) error {
		obj := &object{ObjectMeta: metav1.ObjectMeta{Name: t.name(name), Namespace: t.world.Namespace}}
		obj.Spec.TenantRef.Name = t.tenantName
		obj.Spec.Principal.ID, obj.Spec.Role.ID = v1alpha1.ObjectID(t.principals[alice].id), helpdesk
		w(t, &obj.Spec)
		t.noteApplied(obj.Name)
		t.tell("user", "applies", obj.Name)
		since := t.world.sequence.Add(1)
		if err := t.world.Kube.Create(ctx, obj); err != nil {
			return client.IgnoreAlreadyExists(err)
		}
		t.noteAsked(obj, since)
		return nil
	}
}

func remove(name string) Deed {
	return func(ctx context.Context, t *Trial) error {
		t.tell("user", "deletes", t.name(name))
		obj := &object{ObjectMeta: metav1.ObjectMeta{Name: t.name(name), Namespace: t.world.Namespace}}
		return client.IgnoreNotFound(t.world.Kube.Delete(ctx, obj))
	}
}

// removeAll deletes what was ever applied.
func removeAll(ctx context.Context, t *Trial) error {
	for _, name := range []string{"a", "b"} {
		if !slices.Contains(t.names(), t.name(name)) {
			continue
		}
		if err := remove(name)(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// set edits the spec of an object, if it is there.
func set(name string, w wish) Deed {
	return func(ctx context.Context, t *Trial) error {
		obj := &object{}
		err := t.world.Kube.Get(ctx, client.ObjectKey{Namespace: t.world.Namespace, Name: t.name(name)}, obj)
		if err != nil {
			return client.IgnoreNotFound(err)
		}
		base := obj.DeepCopy()
		w(t, &obj.Spec)
		t.tell("user", "edits", obj.Name)
		since := t.world.sequence.Add(1)
		if err := t.world.Kube.Patch(ctx, obj, client.MergeFrom(base)); err != nil {
			return client.IgnoreNotFound(err)
		}
		t.noteAsked(obj, since)
		return nil
	}
}

// edit has an object ask for bob instead.
func edit(name string) Deed { return set(name, forBob) }

func portalGrants(who int) Deed {
	return func(_ context.Context, t *Trial) error {
		if _, stands := t.standing()[t.key(t.principals[who])]; stands {
			return nil
		}
		t.tell("portal", "grants", t.principals[who].upn)
		_, err := t.world.Directory.AddAssignment(t.tenantID, t.principals[who].id, helpdesk, "/")
		return err
	}
}

func portalRemoves(who int) Deed {
	return func(_ context.Context, t *Trial) error {
		a, stands := t.standing()[t.key(t.principals[who])]
		if !stands {
			return nil
		}
		t.tell("portal", "removes", t.principals[who].upn)
		return t.world.Directory.RemoveAssignment(t.tenantID, a.ID)
	}
}

func portalRegrants(who int) Deed { return both(portalRemoves(who), portalGrants(who)) }

func connect(ctx context.Context, t *Trial) error {
	t.tell("user", "connects", t.tenantName)
	return t.world.connect(ctx, t.tenantName, t.tenantID)
}

func disconnect(ctx context.Context, t *Trial) error {
	t.tell("user", "disconnects", t.tenantName)
	return client.IgnoreNotFound(t.world.Kube.Delete(ctx, &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Name: t.tenantName}}))
}

func goAway(_ context.Context, t *Trial) error {
	t.tell("directory", "is away")
	t.setAway(true)
	return nil
}

func comeBack(_ context.Context, t *Trial) error {
	t.tell("directory", "is back")
	t.setAway(false)
	return nil
}

// consent changes what the application's next token permits.
func consent(to ...string) Deed {
	return func(_ context.Context, t *Trial) error {
		t.tell("directory", "consents to", fmt.Sprint(to))
		return t.world.Directory.SetAppPermissions(t.tenantID, appID, to)
	}
}

// rotate replaces the client secret, so that the manager logs in anew.
func rotate(ctx context.Context, t *Trial) error {
	t.tell("user", "rotates the secret")
	secret := canary + string(uuid.NewUUID())
	if err := t.world.Directory.SetAppSecret(t.tenantID, appID, secret); err != nil {
		return err
	}
	return t.world.setSecret(ctx, t.tenantName, secret)
}

// act is what somebody does while a call is on its way.
func (t *Trial) act(hand Fault) {
	deeds := map[Fault]Deed{
		HandDelete: remove("a"), HandEdit: edit("a"), HandRemove: portalRemoves(alice), HandRegrant: portalRegrants(alice),
		HandSuspend: set("a", suspended), HandObserve: set("a", observing),
	}
	if hand == HandSuspend || hand == HandObserve {
		t.mu.Lock()
		t.remodel = true
		t.mu.Unlock()
	}
	if err := deeds[hand](t.world.ctx, t); err != nil {
		t.world.witness.violate(t, "harness", err.Error())
	}
}
