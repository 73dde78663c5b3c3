package chaos

import (
	"encoding/json"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// claim is what an object asked for.
type claim struct {
	uid types.UID
	key Grant
}

// noteClaim remembers, when an object first claims a key, or sends its first create call for it, the instant of the directory that it
// went by.
func (t *Trial) noteClaim(obj *object, key Grant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := (claim{obj.UID, key}); t.looked[c].IsZero() {
		t.looked[c] = t.read[string(key.PrincipalID)]
	}
}

// noteDoomed remembers that the manager was shown that an object is being deleted.
func (t *Trial) noteDoomed(x *exchange) {
	var shown metav1.PartialObjectMetadata
	if x.status != http.StatusOK || json.Unmarshal(x.answer, &shown) != nil || shown.DeletionTimestamp.IsZero() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.doomed[shown.UID] = x.sent
}

// noteDying remembers when etcd first showed that an object is being deleted. Soon after, the manager was shown it, too.
func (t *Trial) noteDying(obj *object) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.doomed[obj.UID]; !known && !obj.DeletionTimestamp.IsZero() {
		t.doomed[obj.UID] = t.world.Clock.Now().Add(poll)
	}
}

// leaves tells whether an object is being deleted, as the manager knows, and is to leave its grant where it is.
func (t *Trial) leaves(obj *object) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	since, known := t.doomed[obj.UID]
	return known && obj.Spec.DeletionPolicy == v1alpha1.DeletionPolicyOrphan && !t.world.Clock.Now().Before(since)
}

// refused tells whether an object that adopts nothing holds what the directory had before it asked for it.
func (t *Trial) refused(obj *object, key Grant, a graphsim.AssignmentRecord) bool {
	if obj.Spec.Adoption != v1alpha1.AdoptionRefuse || ours(a) {
		return false
	}
	t.mu.Lock()
	looked, created := t.looked[claim{obj.UID, key}]
	t.mu.Unlock()
	if !created {
		looked = ptr.Deref(obj.Status.LastCreateTime, metav1.NewMicroTime(t.world.Clock.Now())).Add(-t.world.Lag)
	}
	return a.Provenance.Time.Before(looked)
}

// asOf is the instant of the directory that a read shows which is sent now: a replica may be behind.
func (t *Trial) asOf(sent time.Time) time.Time {
	lag := t.world.Directory.Settings().Lag
	if sent.Before(t.behind) {
		lag = max(lag, t.world.Lag)
	}
	return sent.Add(-lag)
}
