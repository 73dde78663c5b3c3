package cluster

import (
	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// namespaceEnds: the grants of a namespace go with it, and since it accepts no events the Tenant tells of each.
func namespaceEnds(s *scene) {
	s.granted("first", alice)
	s.granted("second", bob)
	kept := s.granted("kept", carol, func(o *v1alpha1.RoleAssignment) { o.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan })
	s.witness.excuse(s.key(carol), "deletionPolicy: Orphan")
	s.Delete(s.namespace)
	s.Gone(s.namespace)
	s.mustHold(alice, false)
	s.mustHold(bob, false)
	s.mustHold(carol, true)
	for _, name := range []string{"first", "second"} {
		s.told(s.tenant, "Revoked", s.namespace.Name+"/"+name)
	}
	s.told(s.tenant, "Orphaned", client.ObjectKeyFromObject(kept).String())
}

// namespaceReborn: a namespace and objects of the same names are other objects, and get grants of their own.
func namespaceReborn(s *scene) {
	before := s.granted("again", alice)
	s.Delete(s.namespace)
	s.Gone(s.namespace)
	s.mustHold(alice, false)
	s.namespace = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.namespace.Name}}
	s.Create(s.namespace)
	after := s.granted("again", alice)
	if after.UID == before.UID || after.Status.Origin != v1alpha1.OriginCreated {
		s.Errorf("want another object with a grant of its own, got UID %s after %s, origin %s", after.UID, before.UID, after.Status.Origin)
	}
	s.mustHold(alice, true)
}

// deletedInOrder deletes what a team, a platform team and a careless hand may delete at the same time. Where the Secret
// goes before the grants have, they wait for it and are revoked once it is back.
func deletedInOrder(s *scene, order []string) {
	s.granted("one", alice)
	s.granted("two", bob)
	named := map[string]client.Object{"tenant": s.tenant, "namespace": s.namespace, "secret": s.secret}
	for _, name := range order {
		s.Delete(named[name])
	}
	s.Eventually(func() bool {
		ready := meta.FindStatusCondition(s.tenant.Status.Conditions, v1alpha1.ConditionReady)
		return !s.Get(s.tenant) || (ready != nil && ready.Reason == string(v1alpha1.ReasonCredentialMissing))
	}, patience, often).Should(gomega.BeTrue())
	s.secretAgain(secret)
	s.Gone(s.namespace, s.tenant)
	s.mustHold(alice, false)
	s.mustHold(bob, false)
}

// secretAgain creates the Secret anew.
func (s *scene) secretAgain(value string) {
	s.Helper()
	again := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: s.secret.Name, Namespace: s.secret.Namespace},
		StringData: map[string]string{"clientSecret": value},
	}
	if err := s.Kube.Create(s.Context(), again); !apierrors.IsAlreadyExists(err) {
		s.Must(err)
	}
	s.secret = again
}
