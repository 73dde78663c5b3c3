package cluster

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/internal/testenv"
)

// witness sees each revision of each RoleAssignment, and looks into the directories when one lets go of a grant.
type witness struct {
	sim  *testenv.Simulator
	mu   sync.Mutex
	last map[types.UID]*v1alpha1.RoleAssignment
	// claimed are the create times that ledgers were written with, while the finalizer was there.
	claimed map[v1alpha1.AssignmentGrant][]int64
	// excused may be left behind by an object, and forged may be named by one that stands for something else.
	excused map[v1alpha1.AssignmentGrant]string
	forged  map[v1alpha1.AssignmentGrant]bool
	wrong   map[string][]string
}

func startWitness(w *world) *witness {
	w.Helper()
	seen := &witness{
		sim: w.sim, last: map[types.UID]*v1alpha1.RoleAssignment{}, claimed: map[v1alpha1.AssignmentGrant][]int64{},
		excused: map[v1alpha1.AssignmentGrant]string{}, forged: map[v1alpha1.AssignmentGrant]bool{}, wrong: map[string][]string{},
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); seen.follow(ctx) }()
	w.Cleanup(func() { cancel(); <-done })
	return seen
}

// follow watches until the context ends; a watch ends before that when its CRD does.
func (o *witness) follow(ctx context.Context) {
	retry := time.NewTicker(often)
	defer retry.Stop()
	for ctx.Err() == nil {
		if revisions, err := kube.Watch(ctx, &v1alpha1.RoleAssignmentList{}); err == nil {
			for event := range revisions.ResultChan() {
				if obj, ok := event.Object.(*v1alpha1.RoleAssignment); ok {
					o.see(ctx, obj, event.Type == watch.Deleted)
				}
			}
			revisions.Stop()
		}
		select {
		case <-ctx.Done():
		case <-retry.C:
		}
	}
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
		is = nil
	}
	if is != nil && obj.Status.LastCreateTime != nil {
		o.claimed[*is] = append(o.claimed[*is], obj.Status.LastCreateTime.UnixMicro())
	}
	o.mu.Unlock()
	if was == nil || (is != nil && *is == *was) || policy == v1alpha1.DeletionPolicyOrphan {
		return
	}
	o.letGo(ctx, obj, *was)
}

// letGo checks that a grant which an object no longer names is not in the directory, or that another names it. The
// directory is read first: a grant that was made since is named by then.
func (o *witness) letGo(ctx context.Context, obj *v1alpha1.RoleAssignment, grant v1alpha1.AssignmentGrant) {
	for range 2 {
		if !o.holds(grant) || o.heir(ctx, grant) {
			return
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.excused[grant] == "" && !o.forged[grant] {
		tenant := string(grant.TenantID)
		o.wrong[tenant] = append(o.wrong[tenant], fmt.Sprintf("S1: %s/%s let go of %s while the directory held it", obj.Namespace, obj.Name, grant))
	}
}

func (o *witness) holds(grant v1alpha1.AssignmentGrant) bool {
	return slices.ContainsFunc(o.sim.Assignments(string(grant.TenantID)), func(r graphsim.AssignmentRecord) bool {
		return keyOfRecord(string(grant.TenantID), r) == grant
	})
}

func (o *witness) heir(ctx context.Context, grant v1alpha1.AssignmentGrant) bool {
	var list v1alpha1.RoleAssignmentList
	if kube.List(ctx, &list) != nil {
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
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, wrong := range o.wrong[s.directory] {
		s.Error(wrong)
	}
	for _, record := range o.sim.Assignments(s.directory) {
		if key := keyOfRecord(s.directory, record); record.Provenance.Source == graphsim.SourceCall && o.excused[key] == "" {
			s.Errorf("S1: %s is left behind", key)
		}
	}
	for _, commit := range s.commits() {
		key, at := keyOfRecord(s.directory, commit.Assignment), commit.Time.UnixMicro()
		if commit.Provenance.Source == graphsim.SourceCall && !slices.ContainsFunc(o.claimed[key], func(claim int64) bool { return claim <= at }) {
			s.Errorf("S3, S6: %s of %s by a call, and no object had claimed it", commit.Op, key)
		}
	}
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
