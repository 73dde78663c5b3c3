package cluster

import (
	"strings"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/test/internal/stage"
)

// secretDeleted: what stands stays Ready, what is deleted waits and says so, and ends once the Secret is back.
func secretDeleted(s *scene) {
	s.cutOff(s.secret, func() { s.secretAgain(secret) })
}

// caDeleted: the same with the certificates that the directory is trusted by.
func caDeleted(s *scene) {
	s.cutOff(s.ca, func() {
		s.Create(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: s.ca.Name, Namespace: s.ca.Namespace}, Data: s.ca.Data})
	})
}

func (s *scene) cutOff(needed client.Object, putBack func()) {
	s.Helper()
	stays, goes := s.granted("stays", alice), s.granted("goes", bob)
	s.Delete(needed)
	if c := s.Says(s.tenant, v1alpha1.ReasonCredentialMissing); !strings.Contains(c.Message, needed.GetName()) {
		s.Errorf("want to be told what is missing, got %q", c.Message)
	}
	s.Delete(goes)
	if c := s.Says(goes, v1alpha1.ReasonTenantNotReady); !strings.Contains(c.Message, s.directory) {
		s.Errorf("want the directory named, got %q", c.Message)
	}
	s.Ready(stays)
	s.mustHold(bob, true)
	putBack()
	s.Ready(s.tenant)
	s.Gone(goes)
	s.mustHold(bob, false)
	s.mustHold(alice, true)
}

// secretRotated: the new secret is used as soon as it is there, and what was granted with the old one is revoked with it.
func secretRotated(s *scene) {
	before := s.granted("before", alice)
	rotated, err := s.sim.SecretRotate(s.directory, appID)
	s.Must(err)
	stage.Change(s.Stage, s.secret, func(o *corev1.Secret) { o.StringData = map[string]string{"clientSecret": rotated} })
	s.granted("after", bob)
	s.Ready(s.tenant)
	s.Delete(before)
	s.Gone(before)
	s.mustHold(alice, false)
}

// tenantDeleted: whichever way it is deleted, a Tenant stays while it is in use, and says by what.
func tenantDeleted(s *scene) {
	obj := s.granted("holds", alice)
	s.Must(s.Kube.Delete(s.Context(), s.tenant, client.PropagationPolicy(metav1.DeletePropagationBackground)))
	if c := s.Says(s.tenant, v1alpha1.ReasonInUse); !strings.Contains(c.Message, s.namespace.Name+"/holds") {
		s.Errorf("want the object named, got %q", c.Message)
	}
	s.Must(s.Kube.Delete(s.Context(), s.tenant, client.PropagationPolicy(metav1.DeletePropagationForeground)))
	s.mustHold(alice, true)
	s.Delete(obj)
	s.Gone(obj, s.tenant)
	s.mustHold(alice, false)
}

// tenantOwns: where objects are owned by their Tenant, its foreground deletion ends them, too, and then itself.
func tenantOwns(s *scene) {
	obj := s.granted("owned", alice, owned(s.tenant, "entra.rolewarden.dev/v1alpha1", "Tenant"))
	s.collectorKnows()
	s.Must(s.Kube.Delete(s.Context(), s.tenant, client.PropagationPolicy(metav1.DeletePropagationForeground)))
	s.Gone(s.tenant)
	s.mustHold(alice, false)
	s.Gone(obj)
}

func owned(owner client.Object, version, kind string) func(*v1alpha1.RoleAssignment) {
	return func(o *v1alpha1.RoleAssignment) {
		o.OwnerReferences = []metav1.OwnerReference{{
			APIVersion: version, Kind: kind, Name: owner.GetName(), UID: owner.GetUID(), BlockOwnerDeletion: ptr.To(true),
		}}
	}
}

// tenantStripped: a Tenant that was forced out leaves its objects waiting, and they end once it is applied again.
func tenantStripped(s *scene) {
	obj := s.granted("waits", alice)
	s.Delete(s.tenant)
	s.Says(s.tenant, v1alpha1.ReasonInUse)
	s.strip(s.tenant)
	s.Gone(s.tenant)
	s.Delete(obj)
	if c := s.Says(obj, v1alpha1.ReasonTenantNotReady); !strings.Contains(c.Message, s.directory) {
		s.Errorf("want the directory named, got %q", c.Message)
	}
	s.mustHold(alice, true)
	s.Create(s.tenantAgain())
	s.Gone(obj)
	s.mustHold(alice, false)
}

// tenantAgain is the Tenant as it was applied.
func (s *scene) tenantAgain() *v1alpha1.Tenant {
	s.tenant = &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Name: s.tenant.Name}, Spec: s.tenant.Spec}
	return s.tenant
}

// tenantMended: a finalizer that is taken off a living Tenant is put back.
func tenantMended(s *scene) {
	s.granted("holds", alice)
	s.strip(s.tenant)
	s.Eventually(func() bool {
		return s.Get(s.tenant) && controllerutil.ContainsFinalizer(s.tenant, v1alpha1.TenantFinalizer)
	}, patience, often).Should(gomega.BeTrue())
	s.Delete(s.tenant)
	s.Says(s.tenant, v1alpha1.ReasonInUse)
}
