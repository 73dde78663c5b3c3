package cluster

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"

	"github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admission/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// vanished: the API server decides that nothing keeps an object from being deleted before it asks whether it may be. Until
// it is told, the object gets its finalizer and its grant; then it goes all the same. What it stood for goes, too, unless it
// is to be left.
func vanished(s *scene) {
	door := s.holdDeletions()
	finalizers := s.api.holdRequest(on(http.MethodPatch, "/namespaces/"+s.namespace.Name+"/roleassignments/").with(`"finalizers"`))
	defer finalizers.release()
	goes := s.grant("goes", alice)
	stays := s.grant("stays", bob, func(o *v1alpha1.RoleAssignment) { o.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan })
	s.witness.excuse(s.key(bob), "deletionPolicy: Orphan")
	s.Create(goes, stays)
	door.awaitOpen(s, goes)

	var deletions sync.WaitGroup
	defer deletions.Wait()
	defer door.release()
	for _, name := range []string{goes.Name, stays.Name} {
		deletions.Go(func() {
			if err := s.Kube.Delete(s.Context(), s.grant(name, "")); err != nil {
				s.Errorf("deleting %s: %v", name, err)
			}
		})
	}
	s.Eventually(door.held.Load, patience, often).Should(gomega.BeEquivalentTo(2))
	finalizers.remove()
	finalizers.release()
	s.Ready(goes)
	s.Ready(stays)
	door.release()
	deletions.Wait()
	if s.Get(goes) || s.Get(stays) {
		s.Fatal("want both objects gone as soon as the calls return")
	}
	s.Eventually(func() bool { _, held := s.holds(alice); return held }, patience, often).Should(gomega.BeFalse())
	s.told(s.tenant, "Vanished", s.namespace.Name+"/goes")
	s.told(stays, "Orphaned", "")
	s.mustHold(bob, true)
}

// door is an admission webhook that takes its time over deletions.
type door struct {
	// tried counts dry runs, which are let through; held counts the others.
	tried, held atomic.Int32
	released    chan struct{}
	release     func()
}

// holdDeletions has the API server ask a door before a RoleAssignment in the namespace of the scene is deleted.
func (s *scene) holdDeletions() *door {
	s.Helper()
	d := &door{released: make(chan struct{})}
	d.release = sync.OnceFunc(func() { close(d.released) })
	server := httptest.NewTLSServer(d)
	s.Cleanup(func() { d.release(); server.Close() })
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	hook := &admissionregistrationv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: s.namespace.Name},
		Webhooks: []admissionregistrationv1.ValidatingWebhook{{
			Name: "door.example.com", ClientConfig: admissionregistrationv1.WebhookClientConfig{URL: &server.URL, CABundle: ca},
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Delete},
				Rule: admissionregistrationv1.Rule{
					APIGroups: []string{v1alpha1.GroupVersion.Group}, APIVersions: []string{"*"}, Resources: []string{"roleassignments"},
				},
			}},
			NamespaceSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: s.namespace.Name}},
			SideEffects:             ptr.To(admissionregistrationv1.SideEffectClassNone),
			AdmissionReviewVersions: []string{"v1"}, TimeoutSeconds: ptr.To[int32](30),
		}},
	}
	s.Create(hook)
	s.Cleanup(func() { _ = s.Kube.Delete(noCancel(s), hook) })
	return d
}

// awaitOpen waits until the API server asks.
func (d *door) awaitOpen(s *scene, obj client.Object) {
	s.Helper()
	s.Eventually(func() int32 {
		s.Must(s.Kube.Delete(s.Context(), obj, client.DryRunAll))
		return d.tried.Load()
	}, patience, often).ShouldNot(gomega.BeZero())
}

// ServeHTTP allows a deletion, in time.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var review admissionv1.AdmissionReview
	if err := json.NewDecoder(r.Body).Decode(&review); err != nil || review.Request == nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if ptr.Deref(review.Request.DryRun, false) {
		d.tried.Add(1)
	} else {
		d.held.Add(1)
		<-d.released
	}
	review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: true}
	_ = json.NewEncoder(w).Encode(review) // the API server may have given up
}
