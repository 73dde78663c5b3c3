package cluster

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/onsi/gomega"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/test/internal/stage"
)

// TestAPIServerAway: the API server goes just when the grant is revoked and the object is to be let go. All that was asked
// for is done once it is back, and nothing was done without it.
func TestAPIServerAway(t *testing.T) {
	w := running(t)
	s := w.scene(t)
	s.Ready(s.tenant)
	goes := s.granted("goes", alice)
	stays := s.granted("stays", bob)
	away := make(chan struct{})
	met, remove := s.api.refuse(fromThenOn(on(http.MethodPatch, "/roleassignments/goes").with(`"finalizers":null`), away))
	s.Delete(goes)
	s.Eventually(away, patience).Should(gomega.BeClosed())
	s.api.CloseClientConnections() // the watches end, too
	late := s.grant("late", carol)
	s.Create(late)
	s.Eventually(met, patience, often).Should(gomega.BeNumerically(">", 10))
	s.mustHold(alice, false)
	s.mustHold(carol, false)
	if !s.Get(goes) {
		s.Error("want the object to wait for the API server")
	}
	remove()
	s.Gone(goes)
	s.Ready(late)
	s.Ready(stays)
}

// fromThenOn matches the first request that does, and every request after it.
func fromThenOn(first match, met chan<- struct{}) match {
	var done atomic.Bool
	return func(r *http.Request, body string) bool {
		if first(r, body) && done.CompareAndSwap(false, true) {
			close(met)
		}
		return done.Load()
	}
}

// TestRightsTakenAway: without the right to write status nothing is granted, and what is deleted is revoked; without any
// right to write, objects wait. When the rights are back, so is everything.
func TestRightsTakenAway(t *testing.T) {
	w := running(t)
	s := w.scene(t)
	s.Ready(s.tenant)
	first, second := s.granted("first", alice), s.granted("second", bob)
	rules := s.deny("roleassignments/status")
	late := s.grant("late", carol)
	s.Create(late)
	s.Delete(first)
	s.Gone(first)
	s.mustHold(alice, false)
	s.Eventually(func() bool { return logs.Line("Reconciler error", s.namespace.Name, `"late"`, "forbidden") }, patience, often).Should(gomega.BeTrue())
	s.mustHold(carol, false)
	s.deny("roleassignments")
	s.Delete(second)
	s.Eventually(func() bool { _, held := s.holds(bob); return held }, patience, often).Should(gomega.BeFalse())
	if !s.Get(second) {
		s.Error("want the object to wait for the right to let it go")
	}
	s.allow(rules)
	s.Gone(second)
	s.Ready(late)
}

// deny takes the right to patch a resource out of the manager's ClusterRole, and returns the rules as they were.
func (s *scene) deny(resource string) []rbacv1.PolicyRule {
	s.Helper()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: s.own}}
	s.Get(role)
	before := role.DeepCopy().Rules
	stage.Change(s.Stage, role, func(o *rbacv1.ClusterRole) {
		for i, rule := range o.Rules {
			if slices.Contains(rule.Resources, resource) {
				o.Rules[i].Verbs = slices.DeleteFunc(rule.Verbs, func(verb string) bool { return verb == "patch" })
			}
		}
		o.Rules = slices.DeleteFunc(o.Rules, func(r rbacv1.PolicyRule) bool { return len(r.Verbs) == 0 })
	})
	s.Eventually(func() bool { return s.mayPatch(resource) }, patience, often).Should(gomega.BeFalse())
	return before
}

func (s *scene) allow(rules []rbacv1.PolicyRule) {
	s.Helper()
	stage.Change(s.Stage, &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: s.own}}, func(o *rbacv1.ClusterRole) { o.Rules = rules })
}

func (s *scene) mayPatch(resource string) bool {
	s.Helper()
	resource, subresource, _ := strings.Cut(resource, "/")
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: "system:serviceaccount:" + s.own + ":" + account,
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb: "patch", Group: v1alpha1.GroupVersion.Group, Resource: resource, Subresource: subresource, Namespace: s.namespace.Name,
		},
	}}
	s.Must(s.Kube.Create(s.Context(), review))
	return review.Status.Allowed
}
