package faults_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/types"
)

// watch is what the invariants remember.
type watch struct {
	// orphaned are the keys that were left behind by the user's own wish, claimed those that some ledger ever named, and
	// written those of them that the controller wrote there.
	orphaned, claimed, written map[grant]bool
	// shown is when, and at which call, an answer last showed a key to the process; created is the call that last asked for it.
	shown   map[grant]time.Time
	shownAt map[grant]int
	created map[grant]int
	// createdAt is when the last create call of all was sent.
	createdAt time.Time
	// entitled are the keys that a create call of ours may have made, by whose first; ahead is which process last wrote
	// into an object's ledger that it is about to send one.
	entitled map[grant]mistake
	ahead    map[types.UID]*process
	// missing is since when the directory does not hold what an object that says Ready asks for, and silent since when an
	// object that is not as it should be does not say why.
	missing, silent map[string]time.Time
	// upset is when a fault or a hand last struck, and trouble until when the last of them, and of the steps, lasts.
	// faulty is until when the faults alone do, and what they lead to.
	upset, trouble, faulty time.Time
	// unwritten is when a fault last struck a call to Kubernetes, or a hand the world.
	unwritten time.Time
	// pins are what names were found to mean.
	pins map[types.UID]pin
	// meddled are the keys whose ledger or finalizer a user took away, gone those whose object went by that, and forged
	// those that a user wrote into a ledger, with the process that had written that ledger; author is which that is.
	meddled map[grant]meddling
	gone    map[grant]bool
	forged  map[grant]*process
	author  map[types.UID]*process
	// forgedAt is when one was last written so.
	forgedAt time.Time
	// stripped is what an object held that went by that, with the process that had written it; vanished is what one held
	// that the API server removed in spite of its finalizer, with the process that led then.
	stripped, vanished map[grant]meddling
	// had is what the controller had a ledger name.
	had map[claim]bool
	// hands is the revision by which somebody last laid hands on what is the controller's own, of each object.
	hands map[string]int
	// wrong are the keys that were granted instead of others.
	wrong map[grant]mistake
	// declined is since when what was asked for under a key has been turned down.
	declined map[grant]time.Time
	// canaries are what must be found nowhere.
	canaries []string
	// bearers are the tokens that were seen, and the directory that each is of.
	bearers map[string]string
}

// claim is an object and a key.
type claim struct {
	object types.UID
	key    grant
}

type pin struct {
	spec identity
	key  grant
}

type meddling struct {
	by *process
	at time.Time
}

// mistake is who made a wrong grant, or whatever else there is to tell, and in which pass.
type mistake struct {
	by   *process
	pass int
	at   time.Time
	// asked is what was asked for, where that is known to have become something else.
	asked grant
}

func newWatch() watch {
	return watch{
		orphaned: map[grant]bool{}, claimed: map[grant]bool{}, written: map[grant]bool{},
		shown: map[grant]time.Time{}, shownAt: map[grant]int{}, created: map[grant]int{},
		entitled: map[grant]mistake{}, ahead: map[types.UID]*process{},
		missing: map[string]time.Time{}, silent: map[string]time.Time{}, pins: map[types.UID]pin{},
		meddled: map[grant]meddling{}, gone: map[grant]bool{}, forged: map[grant]*process{}, author: map[types.UID]*process{},
		wrong: map[grant]mistake{}, stripped: map[grant]meddling{}, vanished: map[grant]meddling{}, hands: map[string]int{},
		had:      map[claim]bool{},
		declined: map[grant]time.Time{},
		// A token begins with the one or the other. The ID of an assignment may hold the first three letters of both.
		canaries: []string{secret, "eyJhbGci", "eyJ0eXAi"}, bearers: map[string]string{},
	}
}

const (
	// slack is how long a restart, or a call that pauses, may take.
	slack = 15 * time.Second
	// grace is how long it may take until what a user took away is put back: a dispute, and the wait before and after it.
	grace = 90 * time.Second
)

// excused tells whether nobody can be blamed that nothing names a grant of ours, now or for ever.
func (w *world) excused(key grant) bool {
	if w.watch.gone[key] {
		return true
	}
	if m, ok := w.watch.vanished[key]; ok {
		return !w.owed(key) || w.clock.Now().Sub(later(m.at, w.watch.trouble)) < window+patience
	}
	if m, ok := w.watch.meddled[key]; ok {
		since := m.at
		if w.watch.trouble.After(since) {
			since = w.watch.trouble
		}
		// A process that did not write the ledger, or has forgotten since that it did, cannot know of it.
		return m.by != w.process || m.by.ended() != nil || w.watch.upset.After(m.at) || w.clock.Now().Sub(since) < grace
	}
	if m, ok := w.watch.wrong[key]; ok {
		// It is taken back, or written down, in the pass that made it, if that was told of it and can write it down; else it can
		// be found for as long as an object says that its call was not answered.
		if m.asked != (grant{}) {
			return (m.by.passes == m.pass && m.by.ended() == nil) || w.unanswered(m.asked)
		}
		return m.by.passes == m.pass || m.by.ended() != nil || w.unwritable(m.at)
	}
	return false
}

// unanswered tells whether an object that stands for a key says that a create call for it was not answered.
func (w *world) unanswered(key grant) bool {
	for _, obj := range w.cluster.objects {
		if holdsLedger(obj) && ledgerOf(obj) == key && obj.GetClaimStatus().UnansweredCreateTime != nil {
			return true
		}
	}
	return false
}

// owed tells whether the process that was told that the API server removed an object which held the key is there still to
// end what it stood for. Nobody else knows.
func (w *world) owed(key grant) bool {
	m, ok := w.watch.vanished[key]
	return ok && m.by == w.process && m.by.ended() == nil
}

// unwritable tells whether something was wrong with Kubernetes at some time since then, or somebody interfered.
func (w *world) unwritable(since time.Time) bool {
	for _, until := range []time.Time{w.watch.unwritten, w.stormUntil, w.apiBusyUntil, w.apiAwayUntil} {
		if until.After(since) {
			return true
		}
	}
	return false
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// deceived tells whether an object goes by a ledger that a user wrote, which no process can know any more.
func (w *world) deceived(obj object) bool {
	if obj == nil {
		return true
	}
	by, forged := w.watch.forged[ledgerOf(obj)]
	return forged && (by != w.process || w.watch.upset.After(w.watch.forgedAt))
}

// checkText is S8 of whatever leaves the process.
func (w *world) checkText(what, text string) {
	for _, canary := range w.watch.canaries {
		if strings.Contains(text, canary) {
			w.violate("S8 Secrets", what+" holds one")
		}
	}
}

// sink takes the log, of which only the secrets matter.
type sink struct{ w *world }

// Init implements logr.LogSink.
func (sink) Init(logr.RuntimeInfo) {}

// Enabled implements logr.LogSink.
func (sink) Enabled(int) bool { return true }

// Info implements logr.LogSink.
func (s sink) Info(_ int, msg string, values ...any) {
	s.w.checkText("the log", msg+fmt.Sprint(values...))
}

// Error implements logr.LogSink.
func (s sink) Error(err error, msg string, values ...any) {
	s.w.checkText("the log", fmt.Sprint(err)+msg+fmt.Sprint(values...))
}

// WithValues implements logr.LogSink.
func (s sink) WithValues(values ...any) logr.LogSink {
	s.w.checkText("the log", fmt.Sprint(values...))
	return s
}

// WithName implements logr.LogSink.
func (s sink) WithName(string) logr.LogSink { return s }
