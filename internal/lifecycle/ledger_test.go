package lifecycle_test

import (
	"strconv"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// TestForgedLedger is about somebody else who writes the status.
func TestForgedLedger(t *testing.T) {
	wipe := func(s *v1alpha1.RoleAssignmentStatus) { *s = v1alpha1.RoleAssignmentStatus{} }
	name := func(k grant) func(*v1alpha1.RoleAssignmentStatus) {
		return func(s *v1alpha1.RoleAssignmentStatus) { s.Grant = k }
	}
	plain := []string{"+ours alice", "-ours alice"}
	play(t, map[string]scenario{
		"wiped": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.excused[key(alice)] = true
			w.forge(wipe)
			w.run(time.Minute)
			if got := w.get("a").Status.Grant; got != key(alice) {
				w.t.Errorf("the ledger is %v", got)
			}
		}, want: "Current True Granted", directory: plain[:1]},
		"wiped and deleted": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.excused[key(alice)] = true
			w.forge(wipe)
			w.delete("a")
			w.run(5 * time.Minute)
		}, want: "gone", directory: plain},
		"a create call of the year 9999": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.forge(func(s *v1alpha1.RoleAssignmentStatus) {
				never := metav1.NewMicroTime(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))
				s.LastCreateTime, s.UnansweredCreateTime = &never, &never
			})
			w.delete("a")
			w.run(5 * time.Minute)
		}, want: "gone", directory: plain},
		"conditions to the limit": {do: func(w *world) {
			w.apply(MakeRoleAssignment("a"))
			w.forge(func(s *v1alpha1.RoleAssignmentStatus) {
				for i := range 8 {
					s.Conditions = append(s.Conditions, metav1.Condition{Type: "Theirs" + strconv.Itoa(i), Status: "True", Reason: "Theirs"})
				}
			})
			w.run(time.Minute)
			if got := w.get("a").Status.Conditions; len(got) != 1 {
				w.t.Errorf("conditions %v, want Ready alone", got)
			}
		}, want: "Current True Granted", directory: plain[:1]},
		"wiped in the middle of the deletion": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.excused[key(alice)] = true
			w.dir.fail("delete", fault{err: unanswered()}, fault{err: unanswered()})
			w.before["delete"] = func() { w.forge(wipe) }
			w.delete("a")
			w.run(5 * time.Minute)
		}, want: "gone", directory: plain},
		"names another grant": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.dir.portalGrants(key(bob))
			w.excused[key(alice)] = true
			w.forge(name(key(bob)))
			w.run(time.Minute)
		}, want: "Current True Granted", directory: []string{"+ours alice", "+portal bob"}},
		"names another grant, and the object is deleted": {do: func(w *world) {
			granted(w, MakeRoleAssignment("a"))
			w.dir.portalGrants(key(bob))
			w.excused[key(alice)] = true
			w.forge(name(key(bob)))
			w.delete("a")
			w.run(5 * time.Minute)
		}, want: "gone", directory: []string{"+ours alice", "+portal bob", "-ours alice"}},
	})
}

// TestExLeader holds that a process that slept past its lease does not overwrite the ledger of the next leader.
func TestExLeader(t *testing.T) {
	w := newWorld(t)
	granted(w, MakeRoleAssignment("a"))
	old := w.controller
	w.start()
	w.principal("a", bob)
	w.run(time.Second)
	for range 3 {
		if _, err := old.Reconcile(t.Context(), ctrl.Request{NamespacedName: objectKey("a")}); err != nil {
			t.Error(err)
		}
		w.clock.Step(5 * time.Second) // within the lease
	}
	if got := w.get("a").Status.Grant; got != key(bob) || !w.dir.holds(key(bob)) {
		t.Errorf("the ledger is %v, directory %v", got, w.dir.log)
	}
}

// TestExLeaderRemoves holds that such a process removes nothing that its cache shows in a ledger and the API server does not.
func TestExLeaderRemoves(t *testing.T) {
	w := newWorld(t)
	granted(w, MakeRoleAssignment("a"))
	old := w.controller
	w.principal("a", bob)
	shown := w.all()
	w.start()
	w.run(time.Second)
	w.dir.portalGrants(key(alice))
	w.lagging = shown
	for range 3 {
		if _, err := old.Reconcile(t.Context(), ctrl.Request{NamespacedName: objectKey("a")}); err != nil {
			t.Error(err)
		}
		w.clock.Step(time.Second)
	}
	if !w.dir.holds(key(alice)) || !w.dir.holds(key(bob)) {
		t.Errorf("directory %v", w.dir.log)
	}
}

// TestSleeper holds that a process that slept between the ledger's write and the create call does not send it: by now
// somebody else may have released the object.
func TestSleeper(t *testing.T) {
	w := newWorld(t)
	w.apply(MakeRoleAssignment("a"))
	w.before["patch status"] = func() { w.clock.Step(window) }
	w.pass(objectKey("a"))
	if n := w.dir.calls["create"]; n != 0 {
		t.Errorf("%d create calls sent by the sleeper", n)
	}
	w.run(time.Minute)
	if got := w.says("a"); got != "Current True Granted" {
		t.Errorf("a says %q", got)
	}
}

// TestExLeaderCreates holds that a create call of a process that slept in the middle of it does not outlast the object.
func TestExLeaderCreates(t *testing.T) {
	w := newWorld(t)
	old := w.controller
	w.before["create"] = func() { // meanwhile the next leader revokes, and the old one's call is on its way
		w.start()
		w.delete("a")
		w.run(time.Minute)
	}
	w.apply(MakeRoleAssignment("a"))
	w.current = objectKey("a")
	if _, err := old.Reconcile(t.Context(), ctrl.Request{NamespacedName: objectKey("a")}); err != nil {
		t.Error(err)
	}
	w.run(10 * time.Minute)
	if got := w.says("a"); got != "gone" || w.dir.holds(key(alice)) {
		t.Errorf("a says %q, directory %v", got, w.dir.log)
	}
}

// TestStrippedFinalizer is about somebody who takes finalizers off.
func TestStrippedFinalizer(t *testing.T) {
	t.Run("of an object that stays", func(t *testing.T) {
		w := newWorld(t)
		granted(w, MakeRoleAssignment("a"))
		w.excused[key(alice)] = true
		w.strip()
		w.run(0)
		if !controllerutil.ContainsFinalizer(w.get("a"), v1alpha1.RevokeFinalizer) {
			t.Error("the finalizer is not back")
		}
	})
	lost := "Tenant contoso: Warning FinalizerRemoved: RoleAssignment team/a went without its finalizer; " + key(alice).String() + " may remain"
	cases := map[string]func(w *world){
		"of an object that goes": func(w *world) {
			w.dir.fail("delete", fault{err: throttled(time.Minute)})
			w.delete("a")
			w.run(0)
			w.strip()
			w.run(0)
		},
		"of an object that comes again under the same name": func(w *world) {
			w.strip()
			w.delete("a")
			w.clock.Step(time.Second)
			w.apply(MakeRoleAssignment("a").User("bob@contoso.com"))
			w.run(0)
		},
		"of an object that another finalizer holds": func(w *world) {
			w.update("a", func(obj *v1alpha1.RoleAssignment) { obj.Finalizers = append(obj.Finalizers, "test/hold") })
			w.dir.fail("delete", fault{err: throttled(time.Minute)})
			w.delete("a")
			w.run(0)
			w.update("a", func(obj *v1alpha1.RoleAssignment) { obj.Finalizers = []string{"test/hold"} })
			w.run(0)
		},
	}
	for name, do := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			granted(w, MakeRoleAssignment("a"))
			w.excused[key(alice)] = true
			do(w)
			if !w.told(lost) {
				t.Errorf("nobody is told: %q", w.events.all)
			}
		})
	}
}

// TestGoneWhileCreating is about an object that goes, against all rules, while its grant is being created.
func TestGoneWhileCreating(t *testing.T) {
	vanish := func(w *world) {
		w.excused[key(alice)] = true
		w.strip()
		w.delete("a")
	}
	cases := map[string]struct {
		do        func(*world)
		directory bool
		told      bool
	}{
		"taken back": {do: func(w *world) { w.before["create"] = func() { vanish(w) } }},
		"taken back from a new object of that name": {do: func(w *world) {
			w.before["read"] = func() {
				vanish(w)
				w.clock.Step(time.Second)
				w.apply(MakeRoleAssignment("a").User("bob@contoso.com"))
			}
		}},
		"left to an object that asks for it too": {directory: true, do: func(w *world) {
			w.before["read"] = func() {
				vanish(w)
				w.apply(MakeRoleAssignment("b"))
				w.before["read"] = nil
				w.pass(objectKey("b"))
			}
		}},
		"left to a new object of that name": {directory: true, do: func(w *world) {
			w.before["read"] = func() {
				vanish(w)
				w.clock.Step(time.Second)
				w.apply(MakeRoleAssignment("a"))
			}
		}},
		"not to be taken back": {directory: true, told: true, do: func(w *world) {
			w.before["create"] = func() { vanish(w) }
			w.dir.fail("delete", fault{err: unanswered()})
		}},
		"perhaps created": {directory: true, told: true, do: func(w *world) {
			w.before["create"] = func() { vanish(w) }
			w.dir.fail("create", fault{err: unanswered(), commit: true})
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tc.do(w)
			w.apply(MakeRoleAssignment("a"))
			w.run(time.Minute)
			if got := w.dir.holds(key(alice)); got != tc.directory {
				t.Errorf("the grant stands: %v; %v", got, w.dir.log)
			}
			told := w.told("Tenant contoso: Warning FinalizerRemoved: RoleAssignment team/a went without its finalizer; " + key(alice).String() + " may remain")
			if told != tc.told {
				t.Errorf("somebody is told: %v; %q", told, w.events.all)
			}
		})
	}
}
