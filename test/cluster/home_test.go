package cluster

import (
	"slices"
	"strings"
	"testing"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// TestOwnNamespaceDeleted: with its namespace the controller loses its credentials and its rights at once, while finalizers
// wait. Nothing is lost: installed again in another namespace it ends what was begun.
func TestOwnNamespaceDeleted(t *testing.T) {
	w := running(t)
	s := w.scene(t)
	s.Ready(s.tenant)
	elsewhere := s.granted("elsewhere", alice)
	within := s.granted("within", bob, func(o *v1alpha1.RoleAssignment) { o.Namespace = w.own })
	home := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.own}}
	// The namespace controller takes the kinds in any order: where the Secret is not the first to go, what is within may be
	// revoked yet. So it is taken away first.
	s.Delete(s.secret)
	s.Says(s.tenant, v1alpha1.ReasonCredentialMissing)
	s.Delete(home)
	s.Delete(elsewhere)
	s.Eventually(func() string { s.Get(home); return whyNot(home) }, patience, often).Should(gomega.ContainSubstring(v1alpha1.RevokeFinalizer))
	s.mustHold(alice, true)
	s.mustHold(bob, true)
	s.Get(within)
	s.Get(elsewhere)

	w.stop()
	again := w.own + "-again"
	w.install(again)
	w.options.Namespace = again
	s.furnish(again, s.tenant.Name)
	w.startManager()
	s.Gone(elsewhere, within, home)
	s.mustHold(alice, false)
	s.mustHold(bob, false)
}

// whyNot is what a namespace says keeps it.
func whyNot(namespace *corev1.Namespace) string {
	i := slices.IndexFunc(namespace.Status.Conditions, func(c corev1.NamespaceCondition) bool {
		return c.Type == corev1.NamespaceFinalizersRemaining
	})
	if i < 0 {
		return ""
	}
	return strings.TrimSpace(namespace.Status.Conditions[i].Message)
}
