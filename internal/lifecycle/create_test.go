package lifecycle_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
)

func TestCreate(t *testing.T) {
	apply := func(faults ...fault) func(*world) {
		return func(w *world) {
			w.dir.fail("create", faults...)
			w.apply(MakeRoleAssignment("a"))
			w.run(time.Minute)
		}
	}
	play(t, map[string]scenario{
		"answered": {do: apply(), want: "Current True Granted", directory: []string{"+ours alice"}, events: []string{"Granted"}},
		"unanswered, without effect": {do: apply(fault{err: unanswered()}),
			want: "Current True Granted", directory: []string{"+ours alice"}},
		"unanswered, with effect": {do: apply(fault{err: unanswered(), commit: true}),
			want: "Current True Granted", directory: []string{"+ours alice"}},
		"unanswered, with late effect": {do: apply(fault{err: unanswered(), commit: true, after: 20 * time.Second}, fault{err: unanswered()}, fault{err: unanswered()}, fault{err: unanswered()}, fault{err: unanswered()}, fault{err: unanswered()}),
			want: "Current True Granted", directory: []string{"+ours alice"}},
		"an answer nobody understands": {do: apply(fault{err: classed(graph.Unknown)}),
			want: "Current True Granted", directory: []string{"+ours alice"}},
		"denied": {do: apply(fault{err: classed(graph.Denied)}),
			want: "Failed False PermissionDenied", events: []string{"PermissionDenied"}},
		"refused": {do: apply(fault{err: refused(graph.RefusedGroup)}),
			want: "Failed False GroupNotRoleAssignable", events: []string{"GroupNotRoleAssignable"}},
		"refused, then another spec": {do: func(w *world) {
			apply(fault{err: refused(graph.RefusedGroup)})(w)
			w.edit("a", func(obj *v1alpha1.RoleAssignment) { obj.Spec.Principal.ID = bob })
			w.run(0)
		}, want: "Current True Granted", directory: []string{"+ours bob"}, events: []string{"GroupNotRoleAssignable", "Granted"}},
		"refused, then mended in the directory": {do: func(w *world) {
			apply(fault{err: refused(graph.RefusedGroup)})(w)
			w.run(20 * time.Minute)
		}, want: "Current True Granted", directory: []string{"+ours alice"}},
		"no such principal": {do: func(w *world) {
			w.dir.gone[alice] = true
			apply()(w)
		}, want: "InProgress False PrincipalNotFound", events: []string{"PrincipalNotFound"}},
		"a principal that appears": {do: func(w *world) {
			w.dir.gone[alice] = true
			apply()(w)
			w.dir.gone[alice] = false
			w.run(6 * time.Minute)
		}, want: "Current True Granted", directory: []string{"+ours alice"}},
		"throttled": {do: apply(fault{err: throttled(5 * time.Minute)}),
			want: "InProgress False Throttled", events: []string{"Throttled"}},
		"throttled, then free": {do: func(w *world) {
			apply(fault{err: throttled(30 * time.Second)})(w)
			w.run(time.Minute)
		}, want: "Current True Granted", directory: []string{"+ours alice"}},
		"no token": {do: apply(fault{err: classed(graph.Unauthenticated)}),
			want: "Current True Granted", directory: []string{"+ours alice"}},
		"the tenant is away": {do: func(w *world) {
			w.tenantAway = true
			apply()(w)
		}, want: "InProgress False TenantNotReady", events: []string{"TenantNotReady"}},
	})
}

func TestReadBack(t *testing.T) {
	play(t, map[string]scenario{
		"a directory that lags": {do: func(w *world) {
			w.dir.lag = 20 * time.Second
			w.apply(MakeRoleAssignment("a"))
			w.run(10 * time.Second)
		}, want: "InProgress False Replicating", directory: []string{"+ours alice"}, events: []string{"Granted", "Replicating"}},
		"a directory that caught up": {do: func(w *world) {
			w.dir.lag = 20 * time.Second
			w.apply(MakeRoleAssignment("a"))
			w.run(2 * time.Minute)
		}, want: "Current True Granted", directory: []string{"+ours alice"}, events: []string{"Granted", "Replicating", "Ready"}},
		"a directory that does not answer": {do: func(w *world) {
			w.dir.fail("read", fault{err: unanswered()}, fault{err: throttled(time.Second)})
			w.apply(MakeRoleAssignment("a"))
			w.run(time.Minute)
		}, want: "Current True Granted", directory: []string{"+ours alice"}},
		"a grant that somebody removes at once": {do: func(w *world) {
			w.before["read"] = func() { w.dir.portalRevokes(key(alice)) }
			w.apply(MakeRoleAssignment("a"))
			w.run(window + time.Minute)
		}, want: "Current True Granted", directory: []string{"+ours alice", "-portal alice", "+ours alice"}},
	})
}

func TestAdoption(t *testing.T) {
	there := func(b builder) func(*world) {
		return func(w *world) {
			w.dir.portalGrants(key(alice))
			w.apply(b)
			w.run(time.Minute)
		}
	}
	play(t, map[string]scenario{
		"adopts": {do: there(MakeRoleAssignment("a")), want: "Current True Granted", directory: []string{"+portal alice"}, events: []string{"Adopted"}},
		"removes what it adopted": {do: func(w *world) {
			there(MakeRoleAssignment("a"))(w)
			w.delete("a")
			w.run(window + time.Minute)
		}, want: "gone", directory: []string{"+portal alice", "-ours alice"}},
		"refuses": {do: there(MakeRoleAssignment("a").Refuse()), want: "Failed False AlreadyExists", directory: []string{"+portal alice"}, events: []string{"AlreadyExists"}},
		"leaves what it refused": {do: func(w *world) {
			there(MakeRoleAssignment("a").Refuse())(w)
			w.delete("a")
			w.run(time.Hour)
		}, want: "gone", directory: []string{"+portal alice"}},
		"refuses what a lagging read hid": {do: func(w *world) {
			w.dir.lag = 20 * time.Second
			there(MakeRoleAssignment("a").Refuse())(w)
			w.delete("a")
			w.run(time.Hour)
		}, want: "gone", directory: []string{"+portal alice"}},
		"changes its mind": {do: func(w *world) {
			there(MakeRoleAssignment("a").Refuse())(w)
			w.edit("a", func(obj *v1alpha1.RoleAssignment) { obj.Spec.Adoption = v1alpha1.AdoptionAdopt })
			w.run(0)
		}, want: "Current True Granted", directory: []string{"+portal alice"}},
		"grants nothing through a Tenant that closed meanwhile": {do: func(w *world) {
			w.closing = true
			w.apply(MakeRoleAssignment("a"))
			w.run(time.Minute)
			w.delete("a")
			w.run(0)
		}, want: "gone"},
		"knows its own unanswered create": {do: func(w *world) {
			w.dir.fail("create", fault{err: unanswered(), commit: true})
			w.apply(MakeRoleAssignment("a").Refuse())
			w.run(time.Minute)
		}, want: "Current True Granted", directory: []string{"+ours alice"}},
		"knows its own unanswered create, hidden by lag": {do: func(w *world) {
			w.dir.lag = 20 * time.Second
			w.dir.fail("create", fault{err: unanswered(), commit: true})
			w.apply(MakeRoleAssignment("a").Refuse())
			w.run(2 * time.Minute)
		}, want: "Current True Granted", directory: []string{"+ours alice"}},
		"knows its own unanswered create after a long absence": {do: func(w *world) {
			w.dir.fail("create", fault{err: unanswered(), commit: true})
			w.apply(MakeRoleAssignment("a").Refuse())
			w.pass(objectKey("a"))
			w.dir.lag = 4 * time.Minute // a replica far behind, too
			w.clock.Step(3 * time.Minute)
			w.start()
			w.run(5 * time.Minute)
		}, want: "Current True Granted", directory: []string{"+ours alice"}},
	})
}

// TestOrigin holds that the status says how the grant came about.
func TestOrigin(t *testing.T) {
	cases := map[string]struct {
		before func(*world)
		want   v1alpha1.Origin
	}{
		"created":          {func(*world) {}, v1alpha1.OriginCreated},
		"adopted":          {func(w *world) { w.dir.portalGrants(key(alice)) }, v1alpha1.OriginAdopted},
		"found unanswered": {func(w *world) { w.dir.fail("create", fault{err: unanswered(), commit: true}) }, v1alpha1.OriginCreated},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tc.before(w)
			w.apply(MakeRoleAssignment("a"))
			w.run(time.Minute)
			if got := w.get("a").Status; got.Origin != tc.want || got.AssignmentID != "assignment-1" {
				t.Errorf("origin %q, ID %q, want %q", got.Origin, got.AssignmentID, tc.want)
			}
		})
	}
}

// TestWrongGrant holds that what the directory grants instead of what was asked is taken back, whatever happens to the call.
func TestWrongGrant(t *testing.T) {
	wrong := key(alice)
	wrong.DirectoryScopeID = "/elsewhere"
	mistaken := func(prepare func(*world)) func(*world) {
		return func(w *world) {
			w.mistakes[wrong] = true
			w.dir.fail("create", fault{instead: &wrong})
			prepare(w)
			w.apply(MakeRoleAssignment("a"))
			w.run(10 * time.Minute)
		}
	}
	away := []string{"+ours alice at /elsewhere", "-ours alice at /elsewhere"}
	back := append(away[:2:2], "+ours alice")
	play(t, map[string]scenario{
		"removed at once": {do: mistaken(func(*world) {}), want: "Failed False WrongGrant", directory: away, events: []string{"WrongGrant"}},
		"removed later, and then granted rightly": {do: mistaken(func(w *world) {
			w.dir.fail("delete", fault{err: unanswered()}, fault{err: unanswered()})
		}), want: "Current True Granted", directory: back},
		"removed by the next process": {do: mistaken(func(w *world) {
			w.dir.fail("delete", fault{err: unanswered()}, fault{err: unanswered()})
			w.before["get"] = func() { w.dead = true }
		}), want: "Current True Granted", directory: back},
		"not known yet to the replica that is asked": {do: mistaken(func(w *world) { w.dir.lag = 10 * time.Second }), want: "Current True Granted", directory: back},
		"the spec changes before it can be written down": {do: mistaken(func(w *world) {
			w.dir.fail("delete", fault{err: unanswered()})
			w.before["delete"] = func() { w.principal("a", bob) }
		}), want: "Current True Granted", directory: append(away[:2:2], "+ours bob")},
		"the object goes before it can be written down": {do: mistaken(func(w *world) {
			w.dir.fail("delete", fault{err: unanswered()})
			w.before["delete"] = func() {
				w.strip()
				w.delete("a")
			}
		}), want: "gone", directory: away},
		"the object is deleted meanwhile": {do: func(w *world) {
			w.mistakes[wrong] = true
			w.dir.fail("create", fault{instead: &wrong})
			w.dir.fail("delete", fault{err: classed(graph.Denied)}, fault{err: classed(graph.Denied)})
			w.apply(MakeRoleAssignment("a"))
			w.pass(objectKey("a"))
			w.delete("a")
			w.run(20 * time.Minute)
		}, want: "gone", directory: away},
	})
}

// TestMisplaced holds that what a create call made of something else is taken back, though its answer was lost.
func TestMisplaced(t *testing.T) {
	wrong := key(alice)
	wrong.DirectoryScopeID = "/elsewhere"
	misplaced := func(after time.Duration, then func(*world)) func(*world) {
		return func(w *world) {
			w.shape = newShape()
			w.shape.instead, w.mistakes[wrong], w.excused[wrong] = wrong, true, true
			w.dir.fail("create", fault{instead: &wrong, err: unanswered(), commit: true, after: after})
			w.apply(MakeRoleAssignment("a"))
			then(w)
			w.run(20 * time.Minute)
		}
	}
	away := []string{"+ours alice at /elsewhere", "-ours alice at /elsewhere"}
	play(t, map[string]scenario{
		"at once": {do: misplaced(0, func(*world) {}), want: "Current True Granted", directory: append(away[:2:2], "+ours alice")},
		"after it was granted rightly": {do: misplaced(window-time.Second, func(w *world) {
			w.run(window + time.Second)
			if len(w.dir.log) != 3 {
				w.t.Errorf("the directory shows %v as soon as that is settled", w.dir.log)
			}
		}),
			want: "Current True Granted", directory: append([]string{"+ours alice"}, away...)},
		"found by the next process": {do: misplaced(0, func(w *world) { w.before["read"] = func() { w.dead = true } }),
			want: "Current True Granted", directory: append(away[:2:2], "+ours alice")},
		"and the object is deleted": {do: misplaced(0, func(w *world) {
			w.pass(objectKey("a"))
			w.delete("a")
		}), want: "gone", directory: away},
		"and the object is deleted before it takes effect": {do: misplaced(time.Minute, func(w *world) {
			w.pass(objectKey("a"))
			w.delete("a")
		}), want: "gone", directory: away},
		"while it cannot be removed": {do: misplaced(0, func(w *world) {
			w.dir.fail("delete", fault{err: throttled(time.Minute)}, fault{err: unanswered()})
		}), want: "Current True Granted", directory: append(away[:2:2], "+ours alice")},
	})
}

// TestCallsOfThePlainCase holds what a grant and a revocation cost.
func TestCallsOfThePlainCase(t *testing.T) {
	w := newWorld(t)
	w.apply(MakeRoleAssignment("a").User("alice@contoso.com"))
	w.run(time.Minute)
	if diff := cmp.Diff(map[string]int{"resolve": 1, "create": 1, "read": 1}, w.dir.calls); diff != "" {
		t.Errorf("calls of a grant (-want +got):\n%s", diff)
	}
	clear(w.dir.calls)
	w.delete("a")
	w.run(0)
	if diff := cmp.Diff(map[string]int{"delete": 1, "read": 1}, w.dir.calls); diff != "" || w.says("a") != "gone" {
		t.Errorf("calls of a revocation (-want +got):\n%s", diff)
	}
}
