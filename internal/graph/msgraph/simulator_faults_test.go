package msgraph

import (
	"testing"
	"time"

	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// TestCreatesWithoutAnAnswer are the faults after which a grant may stand although its creation failed.
func TestCreatesWithoutAnAnswer(t *testing.T) {
	html := "<html>Bad gateway</html>"
	cases := map[string]struct {
		effect graphsim.Effect
		stands bool
	}{
		"504 after the commit":   {graphsim.Effect{Status: 504, AfterCommit: true}, true},
		"503 after the commit":   {graphsim.Effect{Status: 503, AfterCommit: true}, true},
		"the answer is lost":     {graphsim.Effect{LoseAnswer: true}, true},
		"HTML after the commit":  {graphsim.Effect{Status: 200, Body: &html, ContentType: "text/html", AfterCommit: true}, true},
		"dropped before":         {graphsim.Effect{DropBefore: true}, false},
		"500 before":             {graphsim.Effect{Status: 500}, false},
		"it commits a day later": {graphsim.Effect{LateCommit: 24 * time.Hour}, false},
	}
	k := key(alice, helpdeskAdmin, "/")
	for name, tc := range cases {
		for _, transport := range []string{"HTTPS", "in process"} {
			t.Run(name+"/"+transport, func(t *testing.T) {
				d := newDirectory(t)
				c := d.as(t, ClientSecret{ClientID: rolewardenApp, Secret: rolewardenSecret}, func(o *Options) {
					if transport == "in process" {
						o.Transport, o.CABundle = inProcess{d.sim}, nil
					}
				})
				if _, err := c.Identity(t.Context()); err != nil {
					t.Fatal(err)
				}
				d.fault(t, graphsim.Fault{Match: graphsim.Match{Operation: "roleAssignments.create"}, Effect: tc.effect})
				_, err := c.CreateRoleAssignment(t.Context(), k)
				if e := failure(t, err); !graph.Unanswered(err) || e.NotSent {
					t.Errorf("got %+v, want a write without an answer", e)
				}
				if n := d.CountCalls()["roleAssignments.create"]; n != 1 {
					t.Errorf("%d creations, want exactly one", n)
				}
				if d.stands(k) != tc.stands {
					t.Errorf("it stands: %v, want %v", d.stands(k), tc.stands)
				}
			})
		}
	}
}

func TestLagIsPassedOn(t *testing.T) {
	d := newDirectory(t)
	c := d.rolewarden(t)
	k := key(alice, helpdeskAdmin, "/")
	d.set(t, func(s *graphsim.Settings) { s.Lag, s.DeleteSeesLag = time.Minute, true })
	created, err := c.CreateRoleAssignment(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := c.FindRoleAssignment(t.Context(), k); found != nil || err != nil {
		t.Errorf("got %v, %v from a replica that does not know it yet", found, err)
	}
	if e := failure(t, c.DeleteRoleAssignment(t.Context(), created.ID)); e.Class != graph.NotFound || !d.stands(k) {
		t.Errorf("got %+v", e)
	}
	d.clock.Step(2 * time.Minute)
	if err := c.DeleteRoleAssignment(t.Context(), created.ID); err != nil {
		t.Error(err)
	}
	if found, err := c.FindRoleAssignment(t.Context(), k); found == nil || err != nil {
		t.Errorf("got %v, %v from a replica that still shows it", found, err)
	}
}

func TestThrottlingOfTheDirectory(t *testing.T) {
	d := newDirectory(t)
	c := d.rolewarden(t)
	d.set(t, func(s *graphsim.Settings) {
		s.Throttling = graphsim.Throttling{Mode: graphsim.ThrottlingCustom, Writes: 1}
	})
	k := key(alice, helpdeskAdmin, "/")
	created, err := c.CreateRoleAssignment(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	e := failure(t, c.DeleteRoleAssignment(t.Context(), created.ID))
	if e.Class != graph.Throttled || e.RetryAfter <= 0 || e.NotSent || !d.stands(k) {
		t.Fatalf("got %+v, want the directory's 429", e)
	}
	d.ResetCalls()
	again := failure(t, c.DeleteRoleAssignment(t.Context(), created.ID))
	if again.Class != graph.Throttled || !again.NotSent || again.RetryAfter != e.RetryAfter || len(d.Calls()) != 0 {
		t.Errorf("got %+v and %d calls, want nothing sent", again, len(d.Calls()))
	}
	d.clock.Step(e.RetryAfter)
	if err := c.DeleteRoleAssignment(t.Context(), created.ID); err != nil || d.stands(k) {
		t.Errorf("after the pause: %v", err)
	}
}

func TestOutages(t *testing.T) {
	for _, outage := range []string{"unavailable", "unreachable"} {
		d := newDirectory(t)
		c := d.rolewarden(t)
		if _, err := c.Identity(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.set(t, func(s *graphsim.Settings) {
			s.Outage = graphsim.OutageUnavailable
			if outage == "unreachable" {
				s.Outage = graphsim.OutageUnreachable
			}
		})
		for name, operation := range operations() {
			if e := failure(t, operation(t.Context(), c)); e.Class != graph.Transient || e.NotSent {
				t.Errorf("%s: %s: got %+v", outage, name, e)
			}
		}
		cold := d.rolewarden(t)
		if _, err := cold.FindRoleAssignment(t.Context(), key(erin, helpdeskAdmin, "/")); !failure(t, err).NotSent {
			t.Errorf("%s: without a token: got %v, want something not sent", outage, err)
		}
	}
}
