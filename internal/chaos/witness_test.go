package chaos

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// newTrial is a trial of a World in which nothing runs, and its clock.
func newTrial() (*Trial, *clocktesting.FakeClock) {
	fake := clocktesting.NewFakeClock(time.Unix(1000, 0))
	w := New(Options{Clock: fake, Window: 4 * time.Second, Drift: 2 * time.Second, Lag: 3 * time.Second, Patience: time.Minute})
	w.atWork.Store(true)
	t := &Trial{world: w, id: "t1", tenantID: sharedTenant, applied: []string{"t1-a"}, changes: make(chan struct{}, 1), memory: newMemory()}
	t.principals[alice] = principal{id: "p1", upn: "alice@directory.test"}
	return t, fake
}

// held is an object of the trial that names alice's grant, was asked for now, and says Ready.
func held(t *Trial) *object {
	obj := &object{ObjectMeta: metav1.ObjectMeta{Name: "t1-a", UID: "u1", Generation: 1, Finalizers: []string{v1alpha1.RevokeFinalizer}}}
	obj.Spec.Principal.ID = "p1"
	obj.Status.Grant = t.key(t.principals[alice])
	obj.Status.LastCreateTime = ptr.To(metav1.NewMicroTime(t.world.Clock.Now()))
	obj.Status.ObservedGeneration = ptr.To(int64(1))
	obj.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue}}
	return obj
}

// TestVanished holds what an object goes on standing for that went although its finalizer was on, and for how long.
func TestVanished(t *testing.T) {
	ends := map[string]struct {
		how     func(*object)
		granted time.Duration // after the object asked
		later   time.Duration
		want    bool
	}{
		"vanished":                    {func(*object) {}, time.Second, 0, true},
		"vanished, long ago":          {func(*object) {}, time.Second, 64 * time.Second, false},
		"vanished, granted too late":  {func(*object) {}, 5 * time.Second, 5 * time.Second, false},
		"deleted":                     {func(o *object) { o.DeletionTimestamp = ptr.To(metav1.Now()) }, time.Second, 0, false},
		"deleted before its time":     {func(o *object) { o.Finalizers = nil }, time.Second, 0, false},
		"vanished, of another ledger": {func(o *object) { o.Status.Grant.PrincipalID = "p2" }, time.Second, 0, false},
	}
	for name, tc := range ends {
		t.Run(name, func(t *testing.T) {
			trial, fake := newTrial()
			obj, granted := held(trial), fake.Now().Add(tc.granted)
			tc.how(obj)
			trial.noteEnd(obj)
			fake.Step(tc.later)
			if got := trial.left(trial.key(trial.principals[alice]), granted); got != tc.want {
				t.Errorf("stands for its grant: %t, want %t", got, tc.want)
			}
		})
	}
}

// TestLeaves holds that an Orphan has to be spared as soon as the manager knows that it is being deleted.
func TestLeaves(t *testing.T) {
	trial, fake := newTrial()
	obj := held(trial)
	obj.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan
	trial.noteDying(obj)
	if trial.leaves(obj) {
		t.Error("one that is not being deleted need not be spared")
	}
	obj.DeletionTimestamp = ptr.To(metav1.NewTime(fake.Now()))
	trial.noteDying(obj)
	if trial.leaves(obj) {
		t.Error("nobody can have told the manager yet")
	}
	fake.Step(2 * poll)
	if !trial.leaves(obj) {
		t.Error("the manager must know by now")
	}
}

// TestReadyEarly holds that Ready needs a read that came after the spec that it is for.
func TestReadyEarly(t *testing.T) {
	cases := map[string]struct {
		shown sighted
		asked int64
		want  int
	}{
		"after the spec":       {sighted{5, 6}, 4, 0},
		"before the spec":      {sighted{3, 6}, 4, 1},
		"never":                {sighted{}, 0, 1},
		"before a create call": {sighted{1, 2}, 0, 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			trial, _ := newTrial()
			obj := held(trial)
			trial.shown[obj.Status.Grant], trial.created[obj.Status.Grant] = tc.shown, 3
			trial.noteAsked(obj, tc.asked)
			trial.world.witness.changed(trial, nil, obj)
			if got := trial.world.Violations(); len(got) != tc.want {
				t.Errorf("got %v, want %d", got, tc.want)
			}
		})
	}
}

// TestUnfounded holds since when Ready is counted that nothing stands for: not while nobody is there to change it.
func TestUnfounded(t *testing.T) {
	trial, fake := newTrial()
	obj := held(trial)
	trial.unfounded(obj, true, fake.Now())
	fake.Step(time.Minute)
	if since := trial.unfounded(obj, true, fake.Now()); fake.Since(since) != time.Minute {
		t.Errorf("counted for %s, want a minute", fake.Since(since))
	}
	trial.holding = 1
	if since := trial.unfounded(obj, true, fake.Now()); fake.Since(since) != 0 {
		t.Errorf("counted for %s while a call was held, want nothing", fake.Since(since))
	}
}
