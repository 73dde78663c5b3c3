package cluster

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/internal/testenv"
)

// witness sees each revision of each RoleAssignment, and looks into the directories when one lets go of a grant.
type witness struct {
	sim  *testenv.Simulator
	kube client.WithWatch
	mu   sync.Mutex
	last map[types.UID]*v1alpha1.RoleAssignment
	// claimed are the create times that ledgers were written with, while the finalizer was there, and by whom.
	claimed map[v1alpha1.AssignmentGrant][]claim
	// excused may be left behind by an object, and forged may be named by one that stands for something else.
	excused map[v1alpha1.AssignmentGrant]string
	forged  map[v1alpha1.AssignmentGrant]bool
	// vanished are grants of objects that the API server deleted in spite of their finalizer, and how many commits the
	// directories had seen by then.
	vanished map[v1alpha1.AssignmentGrant]int
	// suspects were let go of while the directory held them and no object named them.
	suspects []suspect
}

// claim is a ledger written ahead of a create call.
type claim struct {
	by types.UID
	at time.Time
}

// suspect is a grant that the directory held when an object let go of it.
type suspect struct {
	obj     *v1alpha1.RoleAssignment
	grant   v1alpha1.AssignmentGrant
	granted time.Time
}

func startWitness(w *world) *witness {
	w.Helper()
	seen := &witness{
		sim: w.sim, kube: w.Kube, last: map[types.UID]*v1alpha1.RoleAssignment{}, claimed: map[v1alpha1.AssignmentGrant][]claim{},
		excused: map[v1alpha1.AssignmentGrant]string{}, forged: map[v1alpha1.AssignmentGrant]bool{}, vanished: map[v1alpha1.AssignmentGrant]int{},
	}
	ctx, cancel := context.WithCancel(context.Background())
	done, since := make(chan struct{}), seen.begin(ctx)
	go func() { defer close(done); seen.follow(ctx, since) }()
	w.Cleanup(func() { cancel(); <-done })
	return seen
}

// follow watches until the context ends. A busy API server ends a watch now and then, and a CRD that goes ends it, too: it is
// resumed where it was.
func (o *witness) follow(ctx context.Context, since string) {
	retry := time.NewTicker(often)
	defer retry.Stop()
	for ctx.Err() == nil {
		if since == "" {
			since = o.begin(ctx)
		} else {
			since = o.watch(ctx, since)
		}
		select {
		case <-ctx.Done():
		case <-retry.C:
		}
	}
}

// begin sees what is there, and returns which version that is; nothing where it could not be listed. A watch without a version shows
// what is there when it begins: what came and changed after one that ended before its first event would not be seen.
func (o *witness) begin(ctx context.Context) string {
	var list v1alpha1.RoleAssignmentList
	if o.kube.List(ctx, &list) != nil {
		return ""
	}
	o.mu.Lock()
	clear(o.last) // what became of them in between is for the audit
	o.mu.Unlock()
	for i := range list.Items {
		o.see(ctx, &list.Items[i], false)
	}
	return list.ResourceVersion
}

// watch sees what follows a version, and returns the last that it saw; nothing where the API server has forgotten it.
func (o *witness) watch(ctx context.Context, since string) string {
	revisions, err := o.kube.Watch(ctx, &v1alpha1.RoleAssignmentList{}, &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: since}})
	if err != nil {
		return unlessForgotten(since, err)
	}
	defer revisions.Stop()
	for event := range revisions.ResultChan() {
		if event.Type == watch.Error {
			return unlessForgotten(since, apierrors.FromObject(event.Object))
		}
		if obj, ok := event.Object.(*v1alpha1.RoleAssignment); ok {
			since = newest(since, obj.ResourceVersion)
			o.see(ctx, obj, event.Type == watch.Deleted)
		}
	}
	return since
}

// newest is the later of two versions: what is there when a watch begins comes in no order.
func newest(a, b string) string {
	if order, err := resourceversion.CompareResourceVersion(a, b); err == nil && order > 0 {
		return a
	}
	return b
}

func unlessForgotten(since string, err error) string {
	if apierrors.IsResourceExpired(err) || apierrors.IsGone(err) || apierrors.HasStatusCause(err, metav1.CauseTypeResourceVersionTooLarge) {
		return ""
	}
	return since
}

// named is the grant that an object stands for, or nil: the ledger of one that has its finalizer.
func named(obj *v1alpha1.RoleAssignment) *v1alpha1.AssignmentGrant {
	if obj == nil || !controllerutil.ContainsFinalizer(obj, v1alpha1.RevokeFinalizer) {
		return nil
	}
	return obj.GetGrant()
}

func (o *witness) see(ctx context.Context, obj *v1alpha1.RoleAssignment, deleted bool) {
	o.mu.Lock()
	was, is := named(o.last[obj.UID]), named(obj)
	policy := obj.Spec.DeletionPolicy
	o.last[obj.UID] = obj
	if deleted {
		delete(o.last, obj.UID)
		if is != nil && obj.DeletionTimestamp.IsZero() && policy != v1alpha1.DeletionPolicyOrphan {
			o.vanished[*is] = len(o.sim.History())
			was = nil // nobody has let go of anything
		}
		is = nil
	}
	if is != nil && obj.Status.LastCreateTime != nil {
		o.claimed[*is] = append(o.claimed[*is], claim{obj.UID, obj.Status.LastCreateTime.Time})
	}
	o.mu.Unlock()
	if was == nil || (is != nil && *is == *was) || policy == v1alpha1.DeletionPolicyOrphan {
		return
	}
	o.letGo(ctx, obj, *was)
}

// letGo looks whether a grant which an object no longer names is in the directory, and no other object names it.
func (o *witness) letGo(ctx context.Context, obj *v1alpha1.RoleAssignment, grant v1alpha1.AssignmentGrant) {
	for _, record := range o.sim.Assignments(string(grant.TenantID)) {
		if keyOfRecord(string(grant.TenantID), record) == grant && !o.pending(grant) && !o.heir(ctx, grant) {
			o.mu.Lock()
			o.suspects = append(o.suspects, suspect{obj, grant, record.Provenance.Time})
			o.mu.Unlock()
		}
	}
}

// pending tells whether a grant is still to be revoked for an object that vanished. The API server deletes an object in
// spite of its finalizer if the deletion had read it before that was added (kubernetes/kubernetes#77988). It shows the last
// state then, without a deletionTimestamp, and the controller revokes what that names: later than at once, but surely.
func (o *witness) pending(grant v1alpha1.AssignmentGrant) bool {
	o.mu.Lock()
	since, vanished := o.vanished[grant]
	o.mu.Unlock()
	return vanished && !slices.ContainsFunc(o.sim.History()[since:], func(c graphsim.Commit) bool {
		return c.Op == "delete" && keyOfRecord(c.TenantID, c.Assignment) == grant
	})
}

// inherit waits until the directory of a scene holds nothing that an object left by vanishing.
func (o *witness) inherit(s *scene) {
	s.Helper()
	s.Eventually(func() bool {
		return slices.ContainsFunc(o.sim.Assignments(s.directory), func(r graphsim.AssignmentRecord) bool {
			return o.pending(keyOfRecord(s.directory, r))
		})
	}, patience, often).Should(gomega.BeFalse(), "S1: what an object named that vanished is left behind")
}

// leaked tells whether a suspect was left behind. It was not if another object had claimed it before it was granted: that
// one came and went so quickly that it was not seen.
func (o *witness) leaked(s suspect) bool {
	if o.excused[s.grant] != "" || o.forged[s.grant] {
		return false
	}
	var newest claim
	for _, c := range o.claimed[s.grant] {
		if !c.at.After(s.granted) && c.at.After(newest.at) {
			newest = c
		}
	}
	return newest.by == "" || newest.by == s.obj.UID
}

func (o *witness) heir(ctx context.Context, grant v1alpha1.AssignmentGrant) bool {
	var list v1alpha1.RoleAssignmentList
	if o.kube.List(ctx, &list) != nil {
		return true // the test has ended, or the CRD has: then there is nothing to tell
	}
	return slices.ContainsFunc(list.Items, func(obj v1alpha1.RoleAssignment) bool {
		ledger := named(&obj)
		return ledger != nil && *ledger == grant
	})
}

// excuse says why a grant may be left behind by an object.
func (o *witness) excuse(grant v1alpha1.AssignmentGrant, why string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.excused[grant] = why
}

// forging says that somebody writes ledgers with, or instead of, this grant: whether it is named tells nothing then.
func (o *witness) forging(grant v1alpha1.AssignmentGrant) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.forged[grant] = true
}

// audit holds, at the end of a scene, that all that was granted in its directory was claimed first and is gone.
func (o *witness) audit(s *scene) {
	s.Helper()
	s.Eventually(func() bool { return o.sees(s) }, patience, often).Should(gomega.BeFalse(), "the witness is behind")
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, suspect := range o.suspects {
		if string(suspect.grant.TenantID) == s.directory && o.leaked(suspect) {
			s.Errorf("S1: %s let go of %s while the directory held it", suspect.obj.Name, suspect.grant)
		}
	}
	for _, record := range o.sim.Assignments(s.directory) {
		if key := keyOfRecord(s.directory, record); record.Provenance.Source == graphsim.SourceCall && o.excused[key] == "" {
			s.Errorf("S1: %s is left behind", key)
		}
	}
	for _, commit := range s.commits() {
		key := keyOfRecord(s.directory, commit.Assignment)
		if commit.Provenance.Source == graphsim.SourceCall && !slices.ContainsFunc(o.claimed[key], func(c claim) bool { return !c.at.After(commit.Time) }) {
			s.Errorf("S3, S6: %s of %s by a call, and no object had claimed it", commit.Op, key)
		}
	}
}

// sees tells whether some object of a scene is there, as far as the witness has seen.
func (o *witness) sees(s *scene) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, obj := range o.last {
		if obj.Spec.TenantRef.Name == s.tenant.Name {
			return true
		}
	}
	return false
}

func keyOfRecord(directory string, r graphsim.AssignmentRecord) v1alpha1.AssignmentGrant {
	return v1alpha1.AssignmentGrant{
		TenantID: v1alpha1.ObjectID(directory), PrincipalID: v1alpha1.ObjectID(r.PrincipalID),
		RoleDefinitionID: v1alpha1.ObjectID(r.RoleDefinitionID), DirectoryScopeID: r.DirectoryScopeID,
	}
}

func (s *scene) key(principal string) v1alpha1.AssignmentGrant {
	return v1alpha1.AssignmentGrant{
		TenantID: v1alpha1.ObjectID(s.directory), PrincipalID: v1alpha1.ObjectID(principal), RoleDefinitionID: helpdesk, DirectoryScopeID: "/",
	}
}

// noCancel is a context for cleaning up, when that of the test has ended.
func noCancel(s *scene) context.Context { return context.WithoutCancel(s.Context()) }
