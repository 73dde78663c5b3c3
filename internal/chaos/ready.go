package chaos

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// slack is how long a pass may take to come to an object that is due, and to write what it found, on a busy machine.
const slack = 10 * time.Second

// revision is an object with one spec.
type revision struct {
	uid        types.UID
	generation int64
}

// sighted is a read that showed a key: its places in the sequence of all calls.
type sighted struct{ sent, answered int64 }

// noteAsked remembers that a user wrote a spec after the sequence had come so far.
func (t *Trial) noteAsked(obj *object, since int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked[revision{obj.UID, obj.Generation}] = since
}

// changed looks at a revision: S2 and S8.
func (w *Witness) changed(t *Trial, before, after *object) {
	for _, c := range after.Status.Conditions {
		w.checkSecrets(t, "a condition", c.Message)
	}
	t.noteDying(after)
	if key := after.GetGrant(); key != nil {
		t.noteClaim(after, *key)
	}
	if !saysReady(after) || (before != nil && before.UID == after.UID && before.Generation == after.Generation && saysReady(before)) {
		return
	}
	key := t.asks(after)
	t.mu.Lock()
	shown, created, asked := t.shown[key], t.created[key], t.asked[revision{after.UID, after.Generation}]
	t.mu.Unlock()
	switch {
	// Of two objects with one key, one may be Ready while the other asks for it.
	case shown.answered == 0 || (shown.answered < created && len(t.watched()) < 2):
		w.violate(t, "S2 NoFalseReady", after.Name+" says Ready and no read has shown "+key.String())
	case shown.sent < asked:
		what := fmt.Sprintf("%s says Ready, and no read for generation %d has shown %s", after.Name, after.Generation, key)
		w.violate(t, "S2 NoFalseReady", what)
	}
}

// checkReady is the other half of S2, now: Ready does not outlast its grant by more than the drift interval, the lag of a
// replica and some slack. It is counted anew where no manager is at
// work, a call of the trial is held, or the API server has yet to answer one.
func (w *Witness) checkReady(t *Trial) {
	standing, now := t.standing(), w.world.Clock.Now()
	bound := w.world.Drift + w.world.Lag + slack
	for _, obj := range t.watched() {
		_, stands := standing[t.asks(obj)]
		if since := t.unfounded(obj, saysReady(obj) && !stands, now); now.Sub(since) > bound {
			w.violate(t, "S2 NoFalseReady", fmt.Sprintf("%s says Ready for %s after its grant went", obj.Name, now.Sub(since).Round(time.Second)))
		}
	}
}

// unfounded is since when an object says Ready for nothing: now if it does not.
func (t *Trial) unfounded(obj *object, so bool, now time.Time) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	since, known := t.idle[obj.UID]
	if !so || !known || t.holding > 0 || !t.world.atWork.Load() {
		since = now
		delete(t.idle, obj.UID)
	}
	if so {
		t.idle[obj.UID] = since
	}
	return since
}
