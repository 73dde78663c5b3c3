package cluster

import (
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/onsi/gomega"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/test/internal/stage"
)

const graphAssignments = "/roleManagement/directory/roleAssignments"

// TestSuspendedPastItsLease: the leader sleeps for longer than its lease, in the middle of three things: between the ledger
// and the create call, in a create call that did not leave the machine, and between the look at an object and its delete
// call. Another takes over and ends what the user has asked for meanwhile. Then the first wakes up, just there.
func TestSuspendedPastItsLease(t *testing.T) {
	w := newWorld(t)
	w.options.PropagationWindow, w.options.DriftInterval = 4*time.Second, 3*time.Second
	first, was := w.pair()
	s := w.scene(t)
	s.Ready(s.tenant)
	deleted := s.granted("deleted", bob)

	written := w.api.holdAnswer(on(http.MethodPatch, "/roleassignments/written/status").with(`"grant"`).once(1))
	sent := w.graph.holdRequest(on(http.MethodPost, graphAssignments).with(carol).once(1))
	looked := w.api.holdAnswer(on(http.MethodGet, "/roleassignments/deleted").once(1))
	defer func() { written.release(); sent.release(); looked.release() }()
	create, call := s.grant("written", alice), s.grant("sent", carol)
	s.Create(create, call)
	s.Delete(deleted)
	for _, h := range []*held{written, sent, looked} {
		h.await(w)
	}
	first.signal(w, syscall.SIGSTOP)
	s.Delete(create, call)
	w.leader(was)
	s.Gone(create, call, deleted)
	again := s.granted("deleted", bob)

	written.release() // the answers reach a process that sleeps
	looked.release()
	first.signal(w, syscall.SIGCONT)
	// It goes on for up to ten seconds before it gives up its lease.
	s.Eventually(first.exited, patience).Should(gomega.BeClosed(), "want a manager without its lease to end")
	sent.release() // whose connection is gone
	if n := s.removals(bob); n != 1 {
		t.Errorf("S3: want the delete call of the second manager only to have an effect, got %d; history: %s", n, s.history())
	}
	s.mustHold(alice, false)
	s.mustHold(carol, false)
	s.Eventually(func() bool {
		_, held := s.holds(bob)
		return held && s.Get(again) && stage.Has(again, v1alpha1.ConditionReady)
	}, patience, often).Should(gomega.BeTrue())
	s.Consistently(func() bool {
		_, a := s.holds(alice)
		_, c := s.holds(carol)
		return a || c
	}, time.Second, often).Should(gomega.BeFalse(), s.history)
}

// TestTwoLeaders: the leader sleeps and is deposed before its create call, and wakes up so early that it still sends it.
// The other, which ends the object meanwhile, waits long enough to see what came of it.
func TestTwoLeaders(t *testing.T) {
	w := newWorld(t)
	// The call is sent within half a window after the ledger was written, and before the leader knows that it is none.
	w.options.PropagationWindow = 20 * time.Second
	first := w.launch(w.program())
	was := w.leader("")
	s := w.scene(t)
	s.Ready(s.tenant)

	written := w.api.holdAnswer(on(http.MethodPatch, "/roleassignments/written/status").with(`"grant"`).once(1))
	defer written.release()
	obj := s.grant("written", alice)
	s.Create(obj)
	written.await(w)
	first.signal(w, syscall.SIGSTOP)
	w.depose()
	s.Delete(obj)
	w.launch(w.program()) // not before: who waits for a lease looks every few seconds only
	w.leader(was)
	s.Says(obj, v1alpha1.ReasonRevoking)
	if n := s.creations(alice); n != 0 {
		t.Fatalf("want no create call before the first wakes up, got %d", n)
	}
	written.release()
	first.signal(w, syscall.SIGCONT)
	s.Eventually(func() int { return s.creations(alice) }, patience, often).Should(gomega.Equal(1), "want the first to send its create call yet")
	s.Gone(obj)
	s.mustHold(alice, false)
}
