package faults_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// TestPoison is L4: an object for which nothing goes right, and a tenant that is away, delay no other object. What a pass
// that hangs does to others is not seen here, where one pass is made at a time.
func TestPoison(t *testing.T) {
	cases := map[string][]step{
		"refused":    {{0, apply("p", of(plain))}},
		"unknown":    {{0, apply("p", user("nobody@contoso.com"))}},
		"unlicensed": {{0, apply(eligibility.id("p"))}},
		"no group":   {{0, apply("p", toGroup("nobodys"))}, {0, apply(membership.id("p"))}},
		"no role":    {{0, apply("p", defined("nobodys"))}},
		"pending": {
			{0, approval}, {0, licences("P2")}, {0, apply(eligibility.id("p"), of(bob))}, {0, apply("p", of(bob), until(60*minute))},
		},
		"conflict":         {{0, portalGrants(bob)}, {0, apply("p", of(bob), refuse)}},
		"tenant away":      {{0, disconnect("fabrikam")}, {0, apply("p", inFabrikam)}},
		"tenant closing":   {{0, closeTenant("fabrikam")}, {0, apply("p", inFabrikam)}},
		"tenant throttled": {{0, leaveAlone}, {0, apply("p", inFabrikam)}},
		"stuck deletion": {
			{0, apply("p", inFabrikam)},
			{10 * second, func(w *world) { w.must(w.dir.SetAppSecret(fabrikam, appID, "another")) }},
			{11 * second, (*world).restart}, {12 * second, remove("p")},
		},
	}
	want := milestones(t, nil)
	for name, poison := range cases {
		t.Run(name, func(t *testing.T) {
			got := milestones(t, poison)
			for i, at := range got {
				if at-want[i] > time.Second {
					t.Errorf("step %d took until %s, without the poison until %s", i, at, want[i])
				}
			}
		})
	}
}

// milestones are when the object "a" is Ready, when it is Ready again after an edit, and when it is gone.
func milestones(t *testing.T, poison []step) (at []time.Duration) {
	t.Helper()
	steps := append(poison[:len(poison):len(poison)], step{20 * second, apply("a")}, step{5 * minute, edit}, step{10 * minute, remove("a")})
	w, err := newWorld(flow{name: "poison", steps: steps, both: true}, schedule{})
	if err != nil {
		t.Fatal(err)
	}
	w.restart()
	for _, s := range steps {
		w.after(s.at, func() { s.do(w) })
	}
	done := []func() bool{
		func() bool { obj := w.cluster.objects["a"]; return obj != nil && saysReady(obj) },
		func() bool {
			obj := w.cluster.objects["a"]
			return obj != nil && saysReady(obj) && ledgerOf(obj).principal == bob
		},
		func() bool { return w.cluster.objects["a"] == nil },
	}
	for len(at) < len(done) && w.clock.Now().Sub(w.begin) < time.Hour {
		next, do := w.next()
		w.advance(next)
		do()
		if done[len(at)]() {
			at = append(at, w.clock.Now().Sub(w.begin))
		}
	}
	if len(at) < len(done) || len(w.violations) > 0 {
		t.Fatalf("only %d of %d steps were done: %v\n%s", len(at), len(done), w.violations, w.report())
	}
	return at
}

// leaveAlone has one directory ask to be left alone for long.
func leaveAlone(w *world) {
	_, err := w.dir.AddFault(graphsim.Fault{Match: graphsim.Match{TenantID: fabrikam},
		Effect: graphsim.Effect{Status: http.StatusTooManyRequests, Code: "TooManyRequests", RetryAfter: "600"}})
	w.must(err)
}
