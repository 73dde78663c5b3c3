package lifecycle_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// flow is something that users do, and how the world must be in the end, whatever happened on the way.
type flow struct {
	prepare func(*world)
	do      func(*world)
	// want is what each object says in the end, and stands the keys that stand.
	want   map[string]string
	stands []string
}

func flows() map[string]flow {
	ready := "Current True Granted"
	return map[string]flow{
		"create": {do: func(w *world) { w.apply(MakeRoleAssignment("a")) },
			want: map[string]string{"a": ready}, stands: []string{"alice"}},
		"create, refusing": {do: func(w *world) { w.apply(MakeRoleAssignment("a").Refuse()) },
			want: map[string]string{"a": ready}, stands: []string{"alice"}},
		"replace": {prepare: func(w *world) { granted(w, MakeRoleAssignment("a")) },
			do:   func(w *world) { w.principal("a", bob) },
			want: map[string]string{"a": ready}, stands: []string{"bob"}},
		"delete": {prepare: func(w *world) { granted(w, MakeRoleAssignment("a")) },
			do:   func(w *world) { w.delete("a") },
			want: map[string]string{"a": "gone"}},
		"create and delete": {do: func(w *world) {
			w.apply(MakeRoleAssignment("a"))
			w.pass(objectKey("a"))
			w.delete("a")
		}, want: map[string]string{"a": "gone"}},
		"drift": {prepare: func(w *world) { granted(w, MakeRoleAssignment("a")) },
			do: func(w *world) {
				w.dir.portalRevokes(key(alice))
				w.annotate("now")
			}, want: map[string]string{"a": ready}, stands: []string{"alice"}},
		"hand over": {prepare: both, do: func(w *world) { w.delete("a") },
			want: map[string]string{"a": "gone", "b": ready}, stands: []string{"alice"}},
		"delete both": {prepare: both, do: func(w *world) {
			w.delete("a")
			w.delete("b")
		}, want: map[string]string{"a": "gone", "b": "gone"}},
		"delete one and edit the other": {prepare: both, do: func(w *world) {
			w.delete("a")
			w.principal("b", bob)
		}, want: map[string]string{"a": "gone", "b": ready}, stands: []string{"bob"}},
		"rename": {prepare: func(w *world) { granted(w, MakeRoleAssignment("a")) },
			do: func(w *world) {
				w.apply(MakeRoleAssignment("b"))
				w.delete("a")
			}, want: map[string]string{"a": "gone", "b": ready}, stands: []string{"alice"}},
		"suspend and delete": {prepare: func(w *world) { granted(w, MakeRoleAssignment("a")) },
			do: func(w *world) {
				w.mode(v1alpha1.ModeSuspend)
				w.pass(objectKey("a"))
				w.delete("a")
			}, want: map[string]string{"a": "gone"}},
	}
}

// weathers are what the directory is like while a flow goes on. Those that are rough are where a crash is worth trying too.
func weathers() map[string]func(*world) {
	answers := func(f fault) func(*world) {
		return func(w *world) {
			w.dir.fail("create", f)
			w.dir.fail("delete", f)
		}
	}
	return map[string]func(*world){
		"fair":      func(*world) {},
		"lag":       func(w *world) { w.dir.lag = 30 * time.Second },
		"no answer": answers(fault{err: unanswered(), commit: true}),
		"no effect": answers(fault{err: unanswered()}),
		"late":      answers(fault{err: unanswered(), commit: true, after: 80 * time.Second}),
		"throttled": answers(fault{err: throttled(20 * time.Second)}),
		"blind":     func(w *world) { w.dir.fail("read", fault{err: unanswered()}) },
	}
}

// play runs a flow to its end; with crashAt it crashes after that call, counted from the beginning of the flow.
func (f flow) play(t *testing.T, weather func(*world), crashAt int) *world {
	w := newWorld(t)
	if f.prepare != nil {
		f.prepare(w)
	}
	weather(w)
	w.calls, w.crashAt = nil, crashAt
	f.do(w)
	w.run(10 * time.Minute)
	return w
}

func (f flow) check(t *testing.T, w *world, plan string) {
	t.Helper()
	for name, want := range f.want {
		if got := w.says(name); got != want {
			t.Errorf("%s: %s says %q, want %q; %v; %v", plan, name, got, want, w.dir.log, w.calls)
		}
	}
	var stands []string
	for k := range w.dir.rows {
		// What a person granted when nothing claimed it any more is not for the controller to remove.
		if w.dir.holds(k) && (w.dir.at(k, w.clock.Now()).ours || len(w.claimedBy(k)) > 0) {
			stands = append(stands, short(k))
		}
	}
	slices.Sort(stands)
	if diff := cmp.Diff(f.stands, stands); diff != "" {
		t.Errorf("%s: directory (-want +got):\n%s%v", plan, diff, w.calls)
	}
}

// TestCrashes ends the process after each of its calls, in each flow and each weather; before a call is after the one
// before it. What must hold at every step is checked at every step (checkAll).
func TestCrashes(t *testing.T) {
	for name, f := range flows() {
		for sky, weather := range weathers() {
			t.Run(name+"/"+sky, func(t *testing.T) {
				t.Parallel()
				undisturbed := f.play(t, weather, 0)
				f.check(t, undisturbed, "undisturbed")
				rough := sky == "fair" || sky == "lag" || sky == "late"
				for k := 1; rough && k <= min(len(undisturbed.calls), 25); k++ {
					plan := fmt.Sprintf("crash after call %d (%s)", k, undisturbed.calls[k-1])
					f.check(t, f.play(t, weather, k), plan)
				}
			})
		}
	}
}

// TestMeddling has somebody do something before each call of a flow.
func TestMeddling(t *testing.T) {
	meddlers := map[string]struct {
		do func(*world)
		// ends is set when nothing is left in the end.
		ends bool
	}{
		"a portal that revokes": {do: func(w *world) { w.dir.portalRevokes(key(alice)) }},
		"a portal that grants": {do: func(w *world) {
			if !w.dir.holds(key(alice)) {
				w.dir.portalGrants(key(alice))
			}
		}},
		"a label": {do: func(w *world) {
			w.update("a", func(obj *v1alpha1.RoleAssignment) { obj.Labels = map[string]string{"touched": "yes"} })
		}},
		"a deletion": {ends: true, do: func(w *world) { w.delete("a") }},
	}
	for name, f := range flows() {
		for who, m := range meddlers {
			t.Run(name+"/"+who, func(t *testing.T) {
				t.Parallel()
				if name == "create, refusing" && who == "a portal that grants" {
					return // refusing is then what is right
				}
				calls := f.play(t, func(*world) {}, 0).calls
				for k := range calls {
					meddled := f
					if m.ends {
						meddled.want, meddled.stands = withoutA(f)
					}
					w := meddled.meddle(t, k+1, m.do)
					meddled.check(t, w, fmt.Sprintf("before call %d (%s)", k+1, calls[k]))
				}
			})
		}
	}
}

// withoutA is how a flow ends if "a" is deleted on the way.
func withoutA(f flow) (want map[string]string, stands []string) {
	want = map[string]string{}
	for name, says := range f.want {
		want[name] = says
	}
	want["a"] = "gone"
	if want["b"] == "Current True Granted" {
		return want, f.stands
	}
	return want, nil
}

// meddle plays a flow in which somebody does something before its nth call, if the object is there.
func (f flow) meddle(t *testing.T, n int, do func(*world)) *world {
	w := newWorld(t)
	if f.prepare != nil {
		f.prepare(w)
	}
	w.calls = nil
	w.beforeCall = map[int]func(){n: func() {
		if w.get("a") != nil {
			do(w)
		}
	}}
	f.do(w)
	w.run(15 * time.Minute)
	return w
}
