package faults_test

import (
	"slices"
	"strconv"
	"time"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// step is something that a user, or the directory's administrator, does at an instant.
type step struct {
	at time.Duration
	do func(*world)
}

// flow is what users do, when nobody interferes. Whatever happens, each object that is left in the end must hold what it
// asks for, and each that was deleted must be gone with its grant: that need not be said again for each flow.
type flow struct {
	name  string
	steps []step
	// hands are who else may interfere, at any call; nobody may in any case.
	hands []string
}

// flows are all there are.
func flows() []flow {
	usual := []string{"delete", "edit", "remove", "regrant"}
	return []flow{
		{"create", []step{{0, apply("a")}}, usual},
		{"create-delete", []step{{0, apply("a")}, {30 * time.Second, remove("a")}}, usual},
		{"old-delete", []step{{0, apply("a")}, {10 * time.Minute, remove("a")}}, usual},
		{"adopt", []step{{0, portalGrants(alice)}, {time.Minute, apply("a")}, {2 * time.Minute, remove("a")}}, usual},
		{"refuse", []step{{0, portalGrants(alice)}, {time.Minute, apply("a", refuse)}, {2 * time.Minute, remove("a")}}, usual},
		{"refuse-free", []step{{0, apply("a", refuse)}, {10 * time.Minute, remove("a")}}, usual},
		{"removed", []step{{0, apply("a")}, {3 * time.Minute, portalRemoves(alice)}}, usual},
		{"removed-delete", []step{{0, apply("a")}, {3 * time.Minute, portalRemoves(alice)}, {3 * time.Minute, remove("a")}}, usual},
		{"regranted", []step{{0, apply("a")}, {3 * time.Minute, portalRegrants(alice)}, {4 * time.Minute, remove("a")}}, usual},
		{"edit", []step{{0, apply("a")}, {time.Minute, edit}}, usual},
		{"edit-delete", []step{{0, apply("a")}, {time.Minute, edit}, {3 * time.Minute, remove("a")}}, usual},
		{"two", []step{{0, apply("a")}, {time.Second, apply("b")}, {3 * time.Minute, remove("a")}}, usual},
		{"two-gone", []step{{0, apply("a")}, {0, apply("b")}, {30 * time.Second, remove("a")}, {31 * time.Second, remove("b")}}, usual},
		{"rename", []step{{0, apply("a")}, {3 * time.Minute, apply("b")}, {3 * time.Minute, remove("a")}}, usual},
		{"reborn", []step{{0, apply("a")}, {time.Minute, remove("a")}, {time.Minute + time.Second, applyOnceGone("a")}}, usual},
		{"orphan", []step{{0, apply("a", orphan)}, {time.Minute, remove("a")}}, []string{"edit", "remove", "regrant"}},
		{"mode", []step{{0, apply("a")}, {time.Minute, edit}, {6 * time.Minute, remove("a")}}, []string{"suspend", "observe", "suspend-resume"}},
		{"observe", []step{{0, apply("a", observing)}, {time.Minute, set(enforcing)}, {2 * time.Minute, set(suspended)},
			{3 * time.Minute, remove("a")}}, usual},
		{"unreachable", []step{{0, apply("a")}, {time.Minute, conditions(unreachable)}, {2 * time.Minute, remove("a")},
			{12 * time.Minute, conditions(fair)}}, usual},
		{"unreachable-create", []step{{0, conditions(unavailing)}, {time.Minute, apply("a")},
			{7 * time.Minute, conditions(fair)}}, usual},
		{"revoked", []step{{0, consent()}, {0, apply("a")}, {10 * time.Minute, consent(permissions()...)}}, usual},
		{"revoked-delete", []step{{0, apply("a")}, {time.Minute, consent()}, {time.Minute, (*world).restart}, {90 * time.Second, remove("a")},
			{10 * time.Minute, consent(permissions()...)}}, usual},
		{"secret", []step{{0, apply("a")}, {time.Minute, secretIs("another")}, {time.Minute, (*world).restart}, {90 * time.Second, remove("a")},
			{10 * time.Minute, secretIs(secret)}}, usual},
	}
}

func flowNamed(name string) (flow, bool) {
	all := flows()
	i := slices.IndexFunc(all, func(f flow) bool { return f.name == name })
	if i < 0 {
		return flow{}, false
	}
	return all[i], true
}

// act is what somebody does at a call, if the object is there.
func (w *world) act(hand string) {
	if hand == "" {
		return
	}
	w.tell("hand", hand)
	w.watch.upset = w.clock.Now()
	deeds := map[string]func(*world){
		"delete": remove("a"), "edit": edit, "remove": portalRemoves(alice), "regrant": portalRegrants(alice),
		"suspend": set(suspended), "observe": set(observing),
		"suspend-resume": func(w *world) {
			set(suspended)(w)
			w.after(time.Minute, func() { set(enforcing)(w) })
		},
	}
	deed, ok := deeds[hand]
	if !ok {
		w.violate("harness", "there is no hand "+hand)
		return
	}
	deed(w)
	w.check()
}

// What can be asked for.
func refuse(s *v1alpha1.RoleAssignmentSpec)    { s.Adoption = v1alpha1.AdoptionRefuse }
func orphan(s *v1alpha1.RoleAssignmentSpec)    { s.DeletionPolicy = v1alpha1.DeletionPolicyOrphan }
func observing(s *v1alpha1.RoleAssignmentSpec) { s.Mode = v1alpha1.ModeObserve }
func enforcing(s *v1alpha1.RoleAssignmentSpec) { s.Mode = v1alpha1.ModeEnforce }
func suspended(s *v1alpha1.RoleAssignmentSpec) { s.Mode = v1alpha1.ModeSuspend }

// apply makes an object that asks for the role for alice.
func apply(name string, options ...func(*v1alpha1.RoleAssignmentSpec)) func(*world) {
	return func(w *world) {
		if w.cluster.objects[name] != nil {
			return
		}
		obj := &object{}
		obj.Name = name
		obj.Spec.TenantRef.Name, obj.Spec.Principal.ID, obj.Spec.Role.ID = "contoso", alice, helpdesk
		obj.Spec.Adoption, obj.Spec.DeletionPolicy, obj.Spec.Mode = v1alpha1.AdoptionAdopt, v1alpha1.DeletionPolicyRevoke, v1alpha1.ModeEnforce
		for _, option := range options {
			option(&obj.Spec)
		}
		w.cluster.create(obj)
	}
}

// applyOnceGone does so as soon as the object of that name has gone, as a GitOps tool would.
func applyOnceGone(name string) func(*world) {
	return func(w *world) {
		if w.cluster.objects[name] != nil && len(w.trace) < maxCalls {
			w.after(time.Second, func() { applyOnceGone(name)(w) })
			return
		}
		apply(name)(w)
	}
}

func remove(name string) func(*world) { return func(w *world) { w.cluster.delete(name) } }

// set edits the spec of the object "a".
func set(change func(*v1alpha1.RoleAssignmentSpec)) func(*world) {
	return func(w *world) { w.cluster.update("a", func(obj *object) { change(&obj.Spec) }) }
}

// edit has the object "a" ask for bob instead.
func edit(w *world) { set(func(s *v1alpha1.RoleAssignmentSpec) { s.Principal.ID = bob })(w) }

// touch is a write of somebody whom the controller does not care about.
func (w *world) touch(name string) {
	w.cluster.update(name, func(obj *object) {
		obj.Labels = map[string]string{"touched": strconv.Itoa(w.cluster.revision)}
	})
}

func portalGrants(principal string) func(*world) {
	return func(w *world) {
		if w.holds(grantOf(principal)) == nil {
			_, err := w.dir.AddAssignment(contoso, principal, helpdesk, "/")
			w.must(err)
		}
	}
}

func portalRemoves(principal string) func(*world) {
	return func(w *world) {
		if a := w.holds(grantOf(principal)); a != nil {
			w.must(w.dir.RemoveAssignment(contoso, a.ID))
		}
	}
}

func portalRegrants(principal string) func(*world) {
	return func(w *world) {
		portalRemoves(principal)(w)
		portalGrants(principal)(w)
	}
}

// The conditions that the directory can work under.
func unreachable(s *graphsim.Settings) { s.Outage = graphsim.OutageUnreachable }
func unavailing(s *graphsim.Settings)  { s.Outage = graphsim.OutageUnavailable }
func fair(s *graphsim.Settings)        { s.Outage = graphsim.OutageNone }

func conditions(change func(*graphsim.Settings)) func(*world) {
	return func(w *world) {
		s := w.dir.Settings()
		change(&s)
		w.must(w.dir.SetSettings(s))
	}
}

// consent changes what the application's next token permits.
func consent(to ...string) func(*world) {
	return func(w *world) { w.must(w.dir.SetAppPermissions(contoso, appID, to)) }
}

func secretIs(value string) func(*world) {
	return func(w *world) { w.must(w.dir.SetAppSecret(contoso, appID, value)) }
}
