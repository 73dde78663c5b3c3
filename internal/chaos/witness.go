package chaos

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// Violation is something that must not be and was.
type Violation struct {
	// Trial is the token of the trial, nothing where it is of none.
	Trial, Invariant, What string
	// History is that of the trial, up to there.
	History string
}

// String is the violation in a line.
func (v Violation) String() string { return fmt.Sprintf("%s  %s: %s", v.Trial, v.Invariant, v.What) }

// Witness sees all calls of a manager, all revisions of etcd and the directory, and notes what must not be. It writes
// nothing anywhere.
type Witness struct {
	world *World

	// token is what tokens and assertions look like: two JSON objects, each in base64, with a dot between them.
	token *regexp.Regexp

	mu         sync.Mutex
	violations []Violation
	known      map[string]bool
	// quiet is from when until when nothing may be sent to a directory, or to its login endpoint.
	quiet map[string]pause
}

// pause is a time in which nothing may be sent.
type pause struct{ from, until time.Time }

// underway is how long a call that had left before an answer asked for quiet may take to come to the gate.
const underway = 1500 * time.Millisecond

func newWitness(w *World) *Witness {
	return &Witness{world: w, token: regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}\.eyJ`), known: map[string]bool{}, quiet: map[string]pause{}}
}

// violate notes what must not be, once for each trial.
func (w *Witness) violate(t *Trial, invariant, what string) {
	v := Violation{Invariant: invariant, What: what}
	if t != nil {
		t.tell("VIOLATION", invariant+":", what)
		v.Trial, v.History = t.Token(), t.History()
		t.markViolated()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if key := v.String(); !w.known[key] {
		w.known[key] = true
		w.violations = append(w.violations, v)
	}
}

func (w *Witness) all() []Violation {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Violation(nil), w.violations...)
}

// Write takes what the manager logs, to look for what must not be in it. It implements io.Writer.
func (w *Witness) Write(p []byte) (int, error) {
	w.checkSecrets(nil, "a log line", string(p))
	return len(p), nil
}

// checkSecrets is S8: no secret and no token where people read.
func (w *Witness) checkSecrets(t *Trial, where, text string) {
	if i := strings.Index(text, canary); i >= 0 {
		w.violate(t, "S8 Secrets", where+" holds a client secret, after "+text[max(0, i-40):i])
	}
	if i := w.token.FindStringIndex(text); i != nil {
		w.violate(t, "S8 Secrets", where+" holds a token, after "+text[max(0, i[0]-40):i[0]])
	}
}

// leaving looks at every call as it comes to the gate: S8, S9, S11.
func (w *Witness) leaving(x *exchange) {
	if !x.directory {
		w.checkSecrets(x.trial, "what is written to Kubernetes", string(x.body))
		return
	}
	if x.trial != nil && x.tenantID != x.trial.tenantID {
		w.violate(x.trial, "S9 TenantIsolation", fmt.Sprintf("%s went to directory %s, not %s", x.call.Op, x.tenantID, x.trial.tenantID))
	}
	now := w.world.Clock.Now()
	w.mu.Lock()
	quiet := w.quiet[x.line()]
	w.mu.Unlock()
	if now.After(quiet.from.Add(underway)) && now.Before(quiet.until) {
		w.violate(x.trial, "S11 Rate", string(x.call.Op)+" was sent before Retry-After")
	}
}

// line is what one answer asks to be quiet on: a directory, or its login endpoint.
func (x *exchange) line() string {
	if x.call.Op == OpToken || x.call.Op == OpDiscovery {
		return "login/" + x.tenantID
	}
	return x.tenantID
}

// before looks at a call that a trial owns, and that the manager has decided to send: S3, S5, S6, S7.
func (w *Witness) before(x *exchange) {
	switch x.call.Op {
	case OpCreate:
		w.checkCreate(x)
	case OpDelete:
		w.checkDelete(x)
	case OpRelease:
		w.sight(x)
	}
}

// live reads the trial's objects, whoever has died meanwhile.
func (w *Witness) live(t *Trial) []*object {
	objects, err := t.objects(w.world.ctx)
	if err != nil && w.world.ctx.Err() == nil {
		w.violate(t, "harness", "reading what etcd holds: "+err.Error())
	}
	return objects
}

func (w *Witness) checkCreate(x *exchange) {
	t, key := x.trial, x.call.Grant
	t.mu.Lock()
	t.created[key] = x.sequence
	t.creating[key]++
	creating := t.creating[key]
	t.mu.Unlock()
	ledgers, finalizers := 0, 0
	objects := w.live(t)
	t.mu.Lock()
	creating = min(creating, t.creating[key]) // one that was answered meanwhile may be why its ledger is gone
	t.mu.Unlock()
	if at, found := t.lastClaim(key, x.sent); found {
		x.claimed = at
		ledgers, finalizers = 1, 1
	}
	for _, obj := range objects {
		if obj.Status.Grant == key {
			t.noteClaim(obj, key)
			ledgers++
			x.claimed = ptr.Deref(obj.Status.LastCreateTime, metav1.NewMicroTime(x.sent)).Time
		}
		if t.named(obj, key) {
			finalizers++
		}
	}
	switch {
	case ledgers == 0:
		w.violate(t, "S6 WriteAhead", "created "+key.String()+" without a ledger")
	case finalizers == 0:
		w.violate(t, "S5 FinalizerFirst", "created "+key.String()+" without a finalizer")
	case creating > ledgers:
		w.violate(t, "S7 OneWriter", fmt.Sprintf("%d create calls for %s are on their way, and %d objects ask for it", creating, key, ledgers))
	}
}

func (w *Witness) checkDelete(x *exchange) {
	t, key := x.trial, x.call.Grant
	a, stands := t.standing()[key]
	var claims, spares int
	for _, obj := range w.live(t) {
		if t.stays(obj, key) {
			w.violate(t, "S3 NoForeign", "deleted "+key.String()+", which "+obj.Name+" holds")
		}
		if obj.Status.Grant != key {
			continue
		}
		claims++
		if t.leaves(obj) || (stands && t.refused(obj, key, a)) {
			spares++
		}
	}
	switch {
	case claims == 0 && stands && !t.leftSoon(key, a.Provenance.Time):
		w.violate(t, "S3 NoForeign", "deleted "+key.String()+", which no ledger names")
	case claims > 0 && spares == claims:
		w.violate(t, "S3 NoForeign", "deleted "+key.String()+", which nobody who names it may delete: by Orphan, or by Refuse and found")
	}
}

// after looks at what a call that was carried out has done.
func (w *Witness) after(x *exchange) {
	switch x.call.Op {
	case OpRelease:
		if x.status == http.StatusOK {
			w.checkRelease(x)
		}
		w.checkLeak(x.trial)
	case OpStatus, OpCreate, OpDelete:
		w.checkLeak(x.trial)
	}
}

// finished notes what the manager has been told.
func (w *Witness) finished(x *exchange, resp *http.Response) {
	t := x.trial
	if x.call.Op == OpCreate {
		t.mu.Lock()
		t.creating[x.call.Grant]--
		t.mu.Unlock()
	}
	if resp == nil {
		return
	}
	if x.directory && resp.Header.Get("Retry-After") != "" {
		w.hush(x, resp.StatusCode)
	}
	if x.call.Op == OpGet && resp.StatusCode == x.status {
		t.noteDoomed(x)
	}
	if x.call.Op != OpRead || resp.StatusCode != x.status {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.read[string(x.call.Grant.PrincipalID)] = t.asOf(x.sent)
	for _, r := range shown(x.status, x.answer) {
		t.shown[r.grant(x.tenantID)] = sighted{x.sequence, w.world.sequence.Add(1)}
	}
}

// hush notes that an answer asks for quiet. A 503 of the login endpoint is no word on how much it can take.
func (w *Witness) hush(x *exchange, status int) {
	line := x.line()
	if x.gate.Dead() {
		return
	}
	if line != x.tenantID && status != http.StatusTooManyRequests {
		return
	}
	now := w.world.Clock.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.quiet[line] = pause{from: now, until: now.Add(retryAfter * time.Second)}
}

// forgive forgets what was asked of a process that has ended: the next one cannot know.
func (w *Witness) forgive() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.quiet)
}

// sighting is an object as it was before a call.
type sighting struct{ obj *object }

// sight looks at the object whose finalizer is about to be taken off.
func (w *Witness) sight(x *exchange) {
	for _, obj := range w.live(x.trial) {
		if obj.Name != x.call.Object {
			continue
		}
		x.before.obj = obj
		if key := obj.GetGrant(); key != nil && obj.Spec.DeletionPolicy == v1alpha1.DeletionPolicyOrphan {
			x.trial.mu.Lock()
			x.trial.orphaned[*key] = true
			x.trial.mu.Unlock()
		}
	}
}

// checkRelease is S10, of an object that has just been let go.
func (w *Witness) checkRelease(x *exchange) {
	t, obj := x.trial, x.before.obj
	if obj == nil {
		return
	}
	if obj.DeletionTimestamp.IsZero() {
		w.violate(t, "S10 NoSilentRelease", obj.Name+" lost its finalizer and is not being deleted")
		return
	}
	key := obj.GetGrant()
	if key == nil || obj.Spec.DeletionPolicy == v1alpha1.DeletionPolicyOrphan {
		return
	}
	for _, other := range w.live(t) {
		if other.Name != obj.Name && t.named(other, *key) {
			return
		}
	}
	a, stands := t.standing()[*key]
	if stands && t.left(*key, a.Provenance.Time) {
		return // it was handed on to one that vanished then
	}
	t.mu.Lock()
	read := t.read[string(key.PrincipalID)]
	t.mu.Unlock()
	// What the portal granted after the last read, or too late for a replica that was behind, nobody could know of.
	if stands && (ours(a) || a.Provenance.Time.Before(read)) {
		w.violate(t, "S10 NoSilentRelease", obj.Name+" was released while "+key.String()+" stands")
	}
}

// checkLeak is S1, now. What the watch has not shown yet is looked for in etcd, between two looks at the directory: only
// what stood before and stands after was there all the time.
func (w *Witness) checkLeak(t *Trial) {
	orphans := t.orphans()
	for key, a := range t.standing() {
		if !ours(a) || orphans[key] || w.anyNames(t, t.watched(), key) || t.left(key, a.Provenance.Time) {
			continue
		}
		if objects := w.live(t); w.anyNames(t, objects, key) || w.world.ctx.Err() != nil {
			continue
		}
		if again, stands := t.standing()[key]; stands && again.Provenance.CallID == a.Provenance.CallID && !w.handedOn(t, key, a) {
			w.violate(t, "S1 NoLeak", "nothing names "+key.String())
		}
	}
}

// handedOn looks once more, since two objects are not read at one instant: one may have let go of the key after another
// took it. What vanished meanwhile names it as well.
func (w *Witness) handedOn(t *Trial, key Grant, a graphsim.AssignmentRecord) bool {
	return w.anyNames(t, w.live(t), key) || t.orphans()[key] || t.leftSoon(key, a.Provenance.Time)
}

func (w *Witness) anyNames(t *Trial, objects []*object, key Grant) bool {
	for _, obj := range objects {
		if t.named(obj, key) {
			return true
		}
	}
	return false
}
