package stack

import (
	"slices"
	"strings"
	"testing"

	"github.com/onsi/gomega"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/test/internal/stage"
)

// TestUnresolvedEdit: what an edit does not name yet replaces nothing, and the object says what stands meanwhile.
func TestUnresolvedEdit(t *testing.T) {
	w := newWorld(t)
	w.connect()
	obj := w.makeRoleAssignment("edited").Obj()
	w.Create(obj)
	w.Ready(obj)
	stage.Change(w.Stage, obj, func(o *v1alpha1.RoleAssignment) { o.Spec.Role.DisplayName = "Emperor" })
	if c := w.Says(obj, v1alpha1.ReasonRoleNotFound); !strings.Contains(c.Message, "Until then role "+helpdesk+" for principal "+aliceID) {
		t.Errorf("want to be told what stands, got %q", c.Message)
	}
	w.mustHold(aliceID, helpdesk, "/", true)
	stage.Change(w.Stage, obj, func(o *v1alpha1.RoleAssignment) { o.Spec.Role.DisplayName = "user administrator" })
	w.Ready(obj)
	w.mustHold(aliceID, helpdesk, "/", false)
	w.mustHold(aliceID, userAdmin, "/", true)
}

// TestObservedEdit: while the mode forbids to replace a grant, Ready does not hide that the old one stands.
func TestObservedEdit(t *testing.T) {
	w := newWorld(t)
	w.connect()
	_, err := w.sim.AddAssignment(contoso, aliceID, userAdmin, "/")
	w.Must(err)
	obj := w.makeRoleAssignment("observed").Obj()
	w.Create(obj)
	w.Ready(obj)
	stage.Change(w.Stage, obj, func(o *v1alpha1.RoleAssignment) {
		o.Spec.Mode, o.Spec.Role.DisplayName = v1alpha1.ModeObserve, userAdminName
	})
	w.Eventually(func() string { return w.Says(obj, v1alpha1.ReasonGranted).Message }, stage.Patience).
		Should(gomega.ContainSubstring("still stands for role " + helpdesk))
	w.mustHold(aliceID, helpdesk, "/", true)
}

// TestEveryGrantIsTold: one event for each grant and each revocation, and none for what was not done.
func TestEveryGrantIsTold(t *testing.T) {
	w := newWorld(t)
	w.connect()
	obj := w.makeRoleAssignment("told").Obj()
	w.Create(obj)
	w.Ready(obj)
	stage.Change(w.Stage, obj, func(o *v1alpha1.RoleAssignment) { o.Spec.Role.DisplayName = userAdminName })
	w.Ready(obj)
	w.gone(obj)
	w.Eventually(func() []string { return slices.Sorted(slices.Values(w.eventsOf(obj))) }, stage.Patience).
		Should(gomega.Equal([]string{"Granted", "Granted", "Revoked", "Revoked"}))
}

// TestRefuseNamesTheOther: a grant that another object holds is not somebody's work in the portal.
func TestRefuseNamesTheOther(t *testing.T) {
	w := newWorld(t)
	w.connect()
	first := w.makeRoleAssignment("first").Obj()
	w.Create(first)
	w.Ready(first)
	second := w.makeRoleAssignment("second").Spec(func(s *v1alpha1.RoleAssignmentSpec) { s.Adoption = v1alpha1.AdoptionRefuse }).Obj()
	w.Create(second)
	if c := w.Says(second, v1alpha1.ReasonAlreadyExists); !strings.Contains(c.Message, w.namespace+"/first") {
		t.Errorf("want the other object named, got %q", c.Message)
	}
}
