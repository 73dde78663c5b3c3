package cluster

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// TestOtherVersions: what an older or a newer version left in the status is handled by the ledger alone, if there is one:
// what stands goes on standing, untouched, and what is deleted is revoked.
func TestOtherVersions(t *testing.T) {
	statuses := map[string]func(*v1alpha1.RoleAssignmentStatus){
		"ledger-only": func(s *v1alpha1.RoleAssignmentStatus) { *s = v1alpha1.RoleAssignmentStatus{Grant: s.Grant} },
		"no-times":    func(s *v1alpha1.RoleAssignmentStatus) { s.LastCreateTime, s.UnansweredCreateTime = nil, nil },
		"unanswered":  func(s *v1alpha1.RoleAssignmentStatus) { s.UnansweredCreateTime, s.Origin = s.LastCreateTime, "" },
		"other-digest": func(s *v1alpha1.RoleAssignmentStatus) {
			s.ResolvedSpec = "0123456789abcdef"
		},
		"conditions": func(s *v1alpha1.RoleAssignmentStatus) {
			s.Conditions = []metav1.Condition{{Type: "Frobnicated", Status: "True", Reason: "Newer", LastTransitionTime: metav1.Unix(0, 0)}}
		},
	}
	for fate, deleted := range map[string]bool{"kept": false, "deleted": true} {
		t.Run(fate, func(t *testing.T) {
			w := running(t)
			s := w.scene(t)
			s.Ready(s.tenant)
			var objects []*v1alpha1.RoleAssignment
			for name := range statuses {
				objects = append(objects, s.granted(name, s.user(name)))
			}
			w.stop()
			for _, obj := range objects {
				s.forge(obj, statuses[obj.Name])
				s.pruneUnknown(obj)
				if deleted {
					s.Delete(obj)
				}
			}
			commits := len(s.commits())
			w.startManager()
			for _, obj := range objects {
				if deleted {
					s.Gone(obj)
					s.mustHold(string(obj.Spec.Principal.ID), false)
					continue
				}
				s.Ready(obj)
			}
			if after := len(s.commits()); !deleted && after != commits {
				s.Errorf("want what stood untouched, got %s", s.history())
			}
		})
	}
}

// user adds a user to the directory.
func (s *scene) user(name string) string {
	s.Helper()
	user := makeUser(name, "", domain(s.number))
	delete(user, "id")
	id, err := s.sim.AddObject(s.directory, "users", user)
	s.Must(err)
	return id
}

// pruneUnknown writes a field that only another version knows.
func (s *scene) pruneUnknown(obj *v1alpha1.RoleAssignment) {
	s.Helper()
	patch := client.RawPatch("application/merge-patch+json", []byte(`{"status":{"fieldOfAnotherVersion":{"a":1}}}`))
	s.Must(s.Kube.Status().Patch(s.Context(), obj, patch))
}
