package cluster

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/test/internal/stage"
)

// rounds is how often what is quick is done again.
const rounds = 8

// stormPause is how long a storm of writes pauses between two.
const stormPause = 20 * time.Millisecond

// keyEdited: of many edits in a row only the last one's grant is left.
func keyEdited(s *scene) {
	obj := s.grant("edited", alice)
	s.Create(obj)
	for _, principal := range []string{bob, carol, alice, bob, alice, carol, bob} {
		stage.Change(s.Stage, obj, func(o *v1alpha1.RoleAssignment) { o.Spec.Principal.ID = v1alpha1.ObjectID(principal) })
	}
	s.Ready(obj)
	s.mustHold(alice, false)
	s.mustHold(carol, false)
	s.mustHold(bob, true)
}

// orphanedLate: whoever sets Orphan while a deletion stalls lets the object go and the grant stay.
func orphanedLate(s *scene) {
	obj := s.granted("flipped", alice)
	s.stalled(obj)
	s.witness.excuse(s.key(alice), "deletionPolicy: Orphan")
	stage.Change(s.Stage, obj, func(o *v1alpha1.RoleAssignment) { o.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan })
	s.Gone(obj)
	s.told(obj, "Orphaned", "")
	s.mustHold(alice, true)
}

// orphanRegretted: once an object was let go, what it says no longer matters, even if another finalizer keeps it.
func orphanRegretted(s *scene) {
	obj := s.granted("regretted", alice, func(o *v1alpha1.RoleAssignment) {
		o.Spec.DeletionPolicy, o.Finalizers = v1alpha1.DeletionPolicyOrphan, []string{"example.com/hold"}
	})
	s.witness.excuse(s.key(alice), "deletionPolicy: Orphan")
	s.Delete(obj)
	s.Eventually(func() bool {
		return s.Get(obj) && !controllerutil.ContainsFinalizer(obj, v1alpha1.RevokeFinalizer)
	}, patience, often).Should(gomega.BeTrue())
	stage.Change(s.Stage, obj, func(o *v1alpha1.RoleAssignment) { o.Spec.DeletionPolicy = v1alpha1.DeletionPolicyRevoke })
	s.strip(obj)
	s.Gone(obj)
	s.mustHold(alice, true)
}

// pruned: what GitOps removes and puts back is revoked and granted each time.
func pruned(s *scene) {
	for range rounds {
		obj := s.granted("pruned", alice)
		s.Delete(obj)
		s.Gone(obj)
		s.mustHold(alice, false)
	}
}

// replacedAtOnce: an object of the same name is there before the controller has seen that the old one went.
func replacedAtOnce(s *scene) {
	for round := range rounds {
		s.Delete(s.grant("replaced", alice))
		s.Eventually(func() error {
			return s.Kube.Create(s.Context(), s.grant("replaced", alice))
		}, patience, time.Millisecond).Should(gomega.Succeed(), "round %d", round)
	}
	s.Ready(s.grant("replaced", alice))
	s.mustHold(alice, true)
}

// ownedForeground: when an owner is deleted in the foreground, its being gone means that its grants are.
func ownedForeground(s *scene) {
	owner := s.owner()
	obj := s.granted("owned", alice, owned(owner, "v1", "ConfigMap"))
	s.collectorKnows()
	s.Must(s.Kube.Delete(s.Context(), owner, client.PropagationPolicy(metav1.DeletePropagationForeground)))
	s.Gone(owner)
	s.mustHold(alice, false)
	s.Gone(obj)
}

func ownedBackground(s *scene) {
	owner := s.owner()
	obj := s.granted("owned", alice, owned(owner, "v1", "ConfigMap"))
	s.Must(s.Kube.Delete(s.Context(), owner, client.PropagationPolicy(metav1.DeletePropagationBackground)))
	s.Gone(obj)
	s.mustHold(alice, false)
}

// collectorKnows waits until the garbage collector has heard of all objects so far. It learns of a new kind within half a minute, and of
// objects one after the other; in a foreground deletion it takes an owner whose objects it has not heard of for one without any.
func (s *scene) collectorKnows() {
	s.Helper()
	canary := s.grant("canary", alice, func(o *v1alpha1.RoleAssignment) {
		o.Spec.Mode = v1alpha1.ModeSuspend
		o.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: "never", UID: "9b8f2c1e-0000-4000-8000-000000000000"}}
	})
	s.Create(canary)
	s.Gone(canary)
}

func (s *scene) owner() *corev1.ConfigMap {
	owner := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "application", Namespace: s.namespace.Name}}
	s.Create(owner)
	return owner
}

// suspendedLate and observedLate: no mode keeps a deletion from revoking.
func suspendedLate(s *scene) { s.changedLate(v1alpha1.ModeSuspend) }
func observedLate(s *scene)  { s.changedLate(v1alpha1.ModeObserve) }

func (s *scene) changedLate(mode v1alpha1.Mode) {
	s.Helper()
	obj := s.granted("changed", alice)
	s.stalled(obj)
	stage.Change(s.Stage, obj, func(o *v1alpha1.RoleAssignment) { o.Spec.Mode = mode })
	s.Gone(obj)
	s.mustHold(alice, false)
}

// storm: somebody writes the object 50 times a second; it is granted, edited and deleted all the same.
func storm(s *scene) {
	obj := s.grant("storm", alice)
	s.Create(obj)
	writes, stop := s.writeAllTheTime(obj.DeepCopy())
	defer stop()
	s.Ready(obj)
	for _, principal := range []string{bob, carol, bob} {
		stage.Change(s.Stage, obj, func(o *v1alpha1.RoleAssignment) { o.Spec.Principal.ID = v1alpha1.ObjectID(principal) })
		s.Ready(obj)
	}
	s.mustHold(alice, false)
	s.Eventually(writes.Load, patience, often).Should(gomega.BeNumerically(">", 20), "want a storm")
	s.Delete(obj)
	s.Gone(obj)
	s.mustHold(bob, false)
}

// writeAllTheTime writes an annotation 50 times a second, or less often where the API server takes so long for a write that
// nobody else would find time for one. It counts its writes until it is stopped.
func (s *scene) writeAllTheTime(obj *v1alpha1.RoleAssignment) (writes *atomic.Int32, stop func()) {
	ctx, cancel := context.WithCancel(s.Context())
	writes = &atomic.Int32{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for pause := stormPause; ; {
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
			begun := time.Now()
			patch := fmt.Appendf(nil, `{"metadata":{"annotations":{"example.com/count":"%d"}}}`, writes.Load())
			if err := s.Kube.Patch(ctx, obj, client.RawPatch("application/merge-patch+json", patch)); err == nil {
				writes.Add(1)
			}
			pause = max(stormPause, 2*time.Since(begun))
		}
	}()
	return writes, func() { cancel(); <-done }
}

// tooManyRequests: the API server asks for patience with each kind of write, and gets it.
func tooManyRequests(s *scene) {
	here := on(http.MethodPatch, "/namespaces/"+s.namespace.Name+"/")
	met, remove := s.api.answer(here.once(4), http.StatusTooManyRequests, http.Header{"Retry-After": {"1"}}, "")
	defer remove()
	obj := s.granted("patient", alice)
	s.mustHold(alice, true)
	s.Delete(obj)
	s.Gone(obj)
	s.mustHold(alice, false)
	if met() != 4 {
		s.Errorf("want 4 requests turned away, got %d", met())
	}
}
