package faults_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// watch is what the invariants remember.
type watch struct {
	// orphaned are the keys that were left behind by the user's own wish.
	orphaned map[grant]bool
	// claimed are the keys that some ledger ever named.
	claimed map[grant]bool
	// shown is when, and at which call, an answer last showed a key to the process; created is the call that last asked for it.
	shown   map[grant]time.Time
	shownAt map[grant]int
	created map[grant]int
	// missing is since when the directory does not hold what an object that says Ready asks for.
	missing map[string]time.Time
	// upset is when a fault last struck.
	upset time.Time
}

func newWatch() watch {
	return watch{
		orphaned: map[grant]bool{}, claimed: map[grant]bool{}, shown: map[grant]time.Time{}, shownAt: map[grant]int{},
		created: map[grant]int{}, missing: map[string]time.Time{},
	}
}

// slack is how long a restart, or a call that pauses, may take.
const slack = 15 * time.Second

func ours(a graphsim.AssignmentRecord) bool {
	return a.Provenance.Source == graphsim.SourceCall && a.Provenance.AppID == appID
}

// asks is the key that a spec asks for; the flows name principals by ID.
func asks(obj *object) grant { return grantOf(string(obj.Spec.Principal.ID)) }

func guarded(obj *object) bool {
	return controllerutil.ContainsFinalizer(obj, v1alpha1.RevokeFinalizer)
}

// named tells whether the ledger of a live object with its finalizer names the key.
func (w *world) named(key grant) bool {
	for _, obj := range w.cluster.objects {
		if guarded(obj) && obj.Status.Grant == key {
			return true
		}
	}
	return false
}

// holder names a live object, other than one, that holds the key and goes on doing so.
func (w *world) holder(key grant, except string) string {
	for name, obj := range w.cluster.objects {
		if name != except && obj.DeletionTimestamp.IsZero() && guarded(obj) && obj.Status.Grant == key && asks(obj) == key {
			return name
		}
	}
	return ""
}

// holds returns the assignment that truly stands under a key.
func (w *world) holds(key grant) *graphsim.AssignmentRecord {
	for _, a := range w.dir.Assignments(contoso) {
		if recorded(a) == key {
			return &a
		}
	}
	return nil
}

// check is S1 and the second half of S2, at this instant.
func (w *world) check() {
	standing := map[grant]bool{}
	for _, a := range w.dir.Assignments(contoso) {
		key := recorded(a)
		standing[key] = true
		if ours(a) && !w.named(key) && !w.watch.orphaned[key] {
			w.violate("S1 NoLeak", "nothing names the grant of "+who(key))
		}
	}
	for name, obj := range w.cluster.objects {
		if standing[asks(obj)] || !saysReady(obj) || !obj.DeletionTimestamp.IsZero() {
			delete(w.watch.missing, name)
			continue
		}
		w.checkMissing(name)
	}
}

func (w *world) checkMissing(name string) {
	now := w.clock.Now()
	since, known := w.watch.missing[name]
	if !known {
		w.watch.missing[name] = now
		return
	}
	if w.watch.upset.After(since) {
		since = w.watch.upset
	}
	if now.Sub(since) > drift+lagBy+slack {
		w.violate("S2 NoFalseReady", name+" says Ready and the grant is long gone")
	}
}

func saysReady(obj *object) bool {
	return meta.IsStatusConditionTrue(obj.Status.Conditions, v1alpha1.ConditionReady) &&
		ptr.Deref(obj.Status.ObservedGeneration, -1) == obj.Generation
}

// checkSend is S3, S5, S6 and S11, of what is about to be sent.
func (p *process) checkSend(o op, x *exchange) {
	now := p.w.clock.Now()
	login := o == opToken || o == opDiscovery
	if (login && now.Before(p.loginQuiet)) || (!login && now.Before(p.graphQuiet)) {
		p.w.violate("S11 Rate", string(o)+" was sent before Retry-After")
	}
	switch o {
	case opCreate:
		p.w.checkCreate(x.body)
	case opDelete:
		p.w.checkDelete(p.current, path.Base(x.req.URL.Path))
	}
}

func (w *world) checkCreate(body []byte) {
	var asked row
	if err := json.Unmarshal(body, &asked); err != nil {
		w.violate("harness", err.Error())
	}
	key := asked.grant()
	w.watch.created[key] = len(w.trace)
	finalizer, ledger := false, false
	for _, obj := range w.cluster.objects {
		finalizer = finalizer || guarded(obj)
		ledger = ledger || obj.Status.Grant == key
	}
	if !finalizer {
		w.violate("S5 FinalizerFirst", "created "+who(key)+" without a finalizer")
	}
	if !ledger || !w.named(key) {
		w.violate("S6 WriteAhead", "created "+who(key)+" without a ledger")
	}
}

func (w *world) checkDelete(actor, id string) {
	i := slices.IndexFunc(w.dir.Assignments(contoso), func(a graphsim.AssignmentRecord) bool { return a.ID == id })
	if i < 0 {
		return // it cannot have an effect
	}
	key := recorded(w.dir.Assignments(contoso)[i])
	if !w.named(key) {
		w.violate("S3 NoForeign", "deleted "+who(key)+", which no ledger names")
	}
	if other := w.holder(key, actor); other != "" {
		w.violate("S3 NoForeign", "deleted "+who(key)+", which "+other+" holds too")
	}
}

// checkAnswer notes what the process has been told.
func (p *process) checkAnswer(o op, resp *http.Response) {
	w, now := p.w, p.w.clock.Now()
	if resp != nil && resp.Header.Get("Retry-After") != "" {
		if o == opToken || o == opDiscovery {
			// A 503 of the login endpoint is no word on how much it can take.
			if resp.StatusCode == http.StatusTooManyRequests {
				p.loginQuiet = now.Add(quiet)
			}
		} else {
			p.graphQuiet = now.Add(quiet)
		}
	}
	if o != opRead {
		return
	}
	for _, r := range shown(resp) {
		w.watch.shown[r.grant()], w.watch.shownAt[r.grant()] = now, len(w.trace)
	}
}

// checkChange is the first half of S2, S8 and S10, of a revision.
func (w *world) checkChange(c change) {
	w.tell("etcd", c.name, describe(c.after))
	if c.after != nil {
		if c.after.Status.Grant != (grant{}) {
			w.watch.claimed[c.after.Status.Grant] = true
		}
		for _, condition := range c.after.Status.Conditions {
			if strings.Contains(condition.Message, secret) || strings.Contains(condition.Message, "eyJ") {
				w.violate("S8 Secrets", "a condition holds one")
			}
		}
		if saysReady(c.after) && (c.before == nil || !saysReady(c.before)) {
			w.checkReady(c.after)
		}
	}
	if c.before != nil && guarded(c.before) && (c.after == nil || !guarded(c.after)) {
		w.checkRelease(c.before)
	}
}

func (w *world) checkReady(obj *object) {
	key := asks(obj)
	at, was := w.watch.shown[key]
	if !was || w.clock.Now().Sub(at) > drift || w.watch.shownAt[key] < w.watch.created[key] {
		w.violate("S2 NoFalseReady", obj.Name+" says Ready and no read has shown "+who(key))
	}
}

func (w *world) checkRelease(obj *object) {
	ledger := obj.GetGrant()
	switch {
	case obj.DeletionTimestamp.IsZero():
		w.violate("S10 NoSilentRelease", obj.Name+" lost its finalizer and is not being deleted")
	case ledger == nil:
	case obj.Spec.DeletionPolicy == v1alpha1.DeletionPolicyOrphan:
		w.watch.orphaned[*ledger] = true
	case w.holder(*ledger, obj.Name) != "":
	default:
		// What a person granted less than a lag ago no read need have shown.
		if a := w.holds(*ledger); a != nil && (ours(*a) || w.clock.Now().Sub(a.Provenance.Time) > lagBy+slack) {
			w.violate("S10 NoSilentRelease", obj.Name+" was released while "+who(*ledger)+" stands")
		}
	}
}

// unfinished says what is not as it should be yet: L1, L2 and L6.
func (w *world) unfinished() string {
	for _, name := range w.cluster.names() {
		if wrong := w.unfinishedObject(w.cluster.objects[name]); wrong != "" {
			return name + " " + wrong
		}
	}
	for key := range w.watch.claimed {
		a := w.holds(key)
		if a != nil && !w.named(key) && !w.watch.orphaned[key] && a.Provenance.Source != graphsim.SourcePortal && !w.refused(key) {
			return "nobody stands for the grant of " + who(key)
		}
	}
	return ""
}

// refused tells whether an object refuses to adopt what stands under the key.
func (w *world) refused(key grant) bool {
	for _, obj := range w.cluster.objects {
		if asks(obj) == key && obj.Spec.Adoption == v1alpha1.AdoptionRefuse {
			return true
		}
	}
	return false
}

func (w *world) unfinishedObject(obj *object) string {
	key := asks(obj)
	stands := w.holds(key)
	ready := meta.FindStatusCondition(obj.Status.Conditions, v1alpha1.ConditionReady)
	switch {
	case !obj.DeletionTimestamp.IsZero():
		return "is not gone"
	case ptr.Deref(obj.Status.ObservedGeneration, -1) != obj.Generation || ready == nil:
		return "is not looked at"
	case obj.Spec.Mode == v1alpha1.ModeSuspend:
		return ""
	case obj.Spec.Mode == v1alpha1.ModeObserve:
		if saysReady(obj) != (stands != nil) {
			return "says what is not so"
		}
		return ""
	case ready.Reason == string(v1alpha1.ReasonAlreadyExists) && obj.Spec.Adoption == v1alpha1.AdoptionRefuse && stands != nil && !ours(*stands):
		return ""
	case !saysReady(obj) || stands == nil || obj.Status.Grant != key:
		return "does not hold its grant"
	}
	return ""
}

// checkEnd is what must be in the end.
func (w *world) checkEnd() {
	if wrong := w.unfinished(); wrong != "" {
		w.violate("L1 L2", wrong)
		for name, obj := range w.cluster.objects {
			if !saysReady(obj) && (len(obj.Status.Conditions) < 2 || obj.Status.Conditions[0].Message == "") {
				w.violate("L6", name+" does not say why")
			}
		}
	}
	hours := w.clock.Now().Sub(w.begin).Hours()
	if n := len(w.trace); float64(n) > 400+500*hours*float64(max(1, len(w.everNamed()))) {
		w.violate("L3", fmt.Sprintf("%d calls", n))
	}
	for _, e := range w.history {
		if text := strings.Join(e.what, " "); strings.Contains(text, secret) || strings.Contains(text, "eyJ") {
			w.violate("S8 Secrets", "an event holds one")
		}
	}
}

// who is a key's name in a history.
func who(key grant) string {
	switch key.PrincipalID {
	case alice:
		return "alice"
	case bob:
		return "bob"
	}
	return key.String()
}

// describe puts a revision in words.
func describe(obj *object) string {
	if obj == nil {
		return "is gone"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "rv=%s gen=%d asks=%s", obj.ResourceVersion, obj.Generation, who(asks(obj)))
	if guarded(obj) {
		b.WriteString(" finalizer")
	}
	if !obj.DeletionTimestamp.IsZero() {
		b.WriteString(" deleting")
	}
	if key := obj.GetGrant(); key != nil {
		b.WriteString(" ledger=" + who(*key))
	}
	for _, c := range obj.Status.Conditions {
		b.WriteString(" " + c.Type + "=" + string(c.Status) + "/" + c.Reason)
	}
	return b.String()
}
