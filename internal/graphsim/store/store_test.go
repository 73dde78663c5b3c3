package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func at(seconds int64) time.Time { return time.Unix(seconds, 0) }

func by(seconds int64) Provenance { return Provenance{Source: SourceCall, Time: at(seconds)} }

func newTenant() (*Store, *Tenant) {
	s := New()
	return s, s.AddTenant("t", Layout{Indexed: map[string][]string{"users": {"name"}}, Apart: map[string]bool{"apart": true}})
}

func TestViews(t *testing.T) {
	_, tenant := newTenant()
	tenant.Put("users", "a", Props{"name": "seeded"}, Provenance{Source: SourceSeed})
	tenant.Put("users", "b", Props{"name": "old"}, by(10))
	tenant.Put("users", "b", Props{"name": "new"}, by(20))
	tenant.Drop("users", "b", by(30))
	tenant.Put("users", "b", Props{"name": "again"}, by(40))
	for seconds, want := range map[int64]string{-1e9: "", 9: "", 10: "old", 19: "old", 20: "new", 29: "new", 30: "", 39: "", 40: "again", 99: "again"} {
		view := tenant.At(at(seconds))
		item, _ := view.Get("b")
		if got := item.Props.String("name"); got != want {
			t.Errorf("at %d: %q, want %q", seconds, got, want)
		}
		if _, ok := view.Get("a"); !ok {
			t.Errorf("at %d: what was there from the start is missing", seconds)
		}
		if found := len(view.Find("users", "name", want)); want != "" && found != 1 {
			t.Errorf("at %d: found %d rows by name", seconds, found)
		}
	}
	if _, ok := tenant.At(time.Time{}.Add(-time.Hour)).Get("a"); !ok {
		t.Error("before the zero time what was there from the start is missing")
	}
	if item, ok := tenant.Now().Get("b"); !ok || item.Props.String("name") != "again" {
		t.Errorf("now: %v", item)
	}
}

func TestFindIgnoresValuesOfBefore(t *testing.T) {
	_, tenant := newTenant()
	tenant.Put("users", "a", Props{"name": "x"}, by(1))
	tenant.Put("users", "a", Props{"name": "y"}, by(2))
	tenant.Put("users", "a", Props{"name": "x"}, by(3))
	if got := tenant.Now().Find("users", "name", "X"); len(got) != 1 {
		t.Errorf("found %d rows by x, want 1", len(got))
	}
	if got := tenant.Now().Find("users", "name", "y"); len(got) != 0 {
		t.Errorf("found %d rows by y, want none", len(got))
	}
}

func TestDeferredWorkIsDoneInOrder(t *testing.T) {
	s, _ := newTenant()
	var done []int64
	note := func(at time.Time) { done = append(done, at.Unix()) }
	s.Run(at(0), func(time.Time) {
		s.Defer(at(20), note)
		s.Defer(at(10), func(at time.Time) {
			note(at)
			s.Defer(at.Add(5*time.Second), note) // work can make more work
		})
		s.Defer(at(40), note)
	})
	s.Run(at(9), func(time.Time) {})
	if done != nil {
		t.Errorf("done early: %v", done)
	}
	s.Run(at(30), func(time.Time) {})
	s.Run(at(25), func(now time.Time) {
		if !now.Equal(at(30)) {
			t.Errorf("time went back to %s", now)
		}
	})
	if diff := cmp.Diff([]int64{10, 15, 20}, done); diff != "" {
		t.Errorf("done (-want +got):\n%s", diff)
	}
}

func TestHistory(t *testing.T) {
	s, tenant := newTenant()
	tenant.Put(Assignments, "seeded", Props{"principalId": "p"}, Provenance{Source: SourceSeed})
	tenant.Put(Assignments, "a", Props{"principalId": "p"}, by(1))
	tenant.Put("users", "u", Props{}, by(2))
	tenant.Put("users", "u", Props{"name": "x"}, by(2))
	if !tenant.Drop(Assignments, "a", by(3)) || tenant.Drop(Assignments, "a", by(4)) {
		t.Error("a row must be dropped once, and once only")
	}
	type change struct {
		Seq int64
		Op  string
		At  int64
	}
	changes := func(commits []Commit) (out []change) {
		for _, c := range commits {
			out = append(out, change{c.Seq, c.Op, c.Time.Unix()})
		}
		return out
	}
	if diff := cmp.Diff([]change{{1, OpCreate, 1}, {4, OpDelete, 3}}, changes(s.History())); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]change{{2, OpCreate, 2}, {3, OpUpdate, 2}}, changes(s.Changes("users"))); diff != "" {
		t.Errorf("changes of users (-want +got):\n%s", diff)
	}
	if got := s.Changes(); len(got) != 4 || got[3].Record.Properties.String("principalId") != "p" || got[3].Record.Provenance != by(1) {
		t.Errorf("changes = %+v", got)
	}
	if records := tenant.AssignmentRecords(); len(records) != 1 || records[0].ID != "seeded" {
		t.Errorf("records = %v", records)
	}
}

func TestUnknownTenant(t *testing.T) {
	s, _ := newTenant()
	if _, err := s.Tenant("u"); err == nil {
		t.Error("there is a tenant that was never added")
	}
}

func TestApart(t *testing.T) {
	_, tenant := newTenant()
	tenant.Put("users", "a", Props{"name": "user"}, by(1))
	tenant.Put("apart", "a", Props{"name": "apart"}, by(2))
	for set, want := range map[string]string{"users": "user", "apart": "apart"} {
		if item, ok := tenant.Now().GetIn(set, "a"); !ok || item.Props.String("name") != want {
			t.Errorf("%s: %v", set, item)
		}
	}
	if item, _ := tenant.Now().Get("a"); item.Set != "users" {
		t.Errorf("got one of %s", item.Set)
	}
	if !tenant.Drop("apart", "a", by(3)) {
		t.Error("nothing to drop")
	}
	if _, ok := tenant.Now().Get("a"); !ok {
		t.Error("the user went too")
	}
}

func TestBorn(t *testing.T) {
	_, tenant := newTenant()
	tenant.Put("users", "a", Props{}, by(10))
	tenant.Put("users", "a", Props{}, by(20))
	tenant.Drop("users", "a", by(30))
	tenant.Put("users", "a", Props{}, by(40))
	tenant.Put("users", "a", Props{}, by(50))
	for seconds, want := range map[int64]int64{10: 10, 25: 10, 40: 40, 60: 40} {
		view := tenant.At(at(seconds))
		if item, _ := view.Get("a"); view.Born(item) != at(want) {
			t.Errorf("at %d: born %s, want %d", seconds, view.Born(item), want)
		}
	}
}
