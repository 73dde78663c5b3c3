package stage

import (
	"fmt"
	"testing"
	"time"

	"github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/testenv"
)

const (
	// Patience bounds every wait: a machine that compiles at the same time is slow.
	Patience = 2 * time.Minute
	// Often is how often a wait looks.
	Often = 20 * time.Millisecond
)

// Stage is a control plane that belongs to one test, and the test.
type Stage struct {
	*testing.T
	*gomega.WithT
	// Plane is the control plane.
	Plane *testenv.Environment
	// Kube is its administrator's client.
	Kube client.WithWatch
}

// Stage lends the test a control plane, and gets it back when the test has cleaned up.
func (p *Pool) Stage(t *testing.T) *Stage {
	t.Helper()
	plane, err := p.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.giveBack(plane) })
	s := (&Stage{Plane: plane}).For(t)
	s.Kube, err = client.NewWithWatch(plane.Config(), client.Options{Scheme: Scheme()})
	s.Must(err)
	return s
}

// For is the same stage for a test within the test, as what fails is the test that plays there.
func (s *Stage) For(t *testing.T) *Stage {
	return &Stage{T: t, WithT: gomega.NewWithT(t), Plane: s.Plane, Kube: s.Kube}
}

// Scheme knows the kinds that tests use.
func Scheme() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(s))
	utilruntime.Must(apiextensionsv1.AddToScheme(s))
	utilruntime.Must(v1alpha1.AddToScheme(s))
	return s
}

// Must ends the test if there is an error.
func (s *Stage) Must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// Create creates the objects.
func (s *Stage) Create(objects ...client.Object) {
	s.Helper()
	for _, object := range objects {
		if err := s.Kube.Create(s.Context(), object); err != nil {
			s.Fatalf("creating %T %s: %v", object, object.GetName(), err)
		}
	}
}

// Get reads the object afresh and tells whether it is there.
func (s *Stage) Get(object client.Object) bool {
	s.Helper()
	err := s.Kube.Get(s.Context(), client.ObjectKeyFromObject(object), object)
	if apierrors.IsNotFound(err) {
		return false
	}
	s.Must(err)
	return true
}

// Change applies a change to the object as it is now.
func Change[T client.Object](s *Stage, object T, edit func(T)) {
	s.Helper()
	s.Get(object)
	before, _ := object.DeepCopyObject().(client.Object)
	edit(object)
	s.Must(s.Kube.Patch(s.Context(), object, client.MergeFrom(before)))
}

// Delete deletes the objects, if they are there; Gone waits until they are not.
func (s *Stage) Delete(objects ...client.Object) {
	s.Helper()
	for _, object := range objects {
		s.Must(client.IgnoreNotFound(s.Kube.Delete(s.Context(), object)))
	}
}

// Gone waits until the objects are no more.
func (s *Stage) Gone(objects ...client.Object) {
	s.Helper()
	for _, object := range objects {
		s.Eventually(func() bool { return s.Get(object) }, Patience, Often).Should(gomega.BeFalse(), func() string {
			return fmt.Sprintf("%T %s is still there: %+v", object, client.ObjectKeyFromObject(object), Conditions(object))
		})
	}
}

// Conditions are those of an object of ours.
func Conditions(object client.Object) []metav1.Condition {
	switch o := object.(type) {
	case interface{ GetClaimStatus() *v1alpha1.ClaimStatus }:
		return o.GetClaimStatus().Conditions
	case *v1alpha1.Tenant:
		return o.Status.Conditions
	}
	return nil
}

// Says waits until Ready has that reason at the current generation, and returns it.
func (s *Stage) Says(object client.Object, reason v1alpha1.Reason) metav1.Condition {
	s.Helper()
	var is metav1.Condition
	s.Eventually(func() string {
		s.Get(object)
		if ready := meta.FindStatusCondition(Conditions(object), v1alpha1.ConditionReady); ready != nil {
			is = *ready
			return fmt.Sprintf("%s@%v", ready.Reason, ready.ObservedGeneration == object.GetGeneration())
		}
		return ""
	}, Patience, Often).Should(gomega.Equal(string(reason)+"@true"), func() string {
		return fmt.Sprintf("%s: %+v", object.GetName(), Conditions(object))
	})
	return is
}

// Ready waits until the object is.
func (s *Stage) Ready(object client.Object) {
	s.Helper()
	reason := v1alpha1.ReasonGranted
	if _, ok := object.(*v1alpha1.Tenant); ok {
		reason = v1alpha1.ReasonConnected
	}
	if c := s.Says(object, reason); c.Status != metav1.ConditionTrue {
		s.Fatalf("Ready is %s: %s", c.Status, c.Message)
	}
}

// Has tells whether a condition of the object is true.
func Has(object client.Object, condition string) bool {
	return meta.IsStatusConditionTrue(Conditions(object), condition)
}

// Events are those about an object.
func (s *Stage) Events(object client.Object) (about []corev1.Event) {
	s.Helper()
	namespace := object.GetNamespace()
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	var list corev1.EventList
	s.Must(s.Kube.List(s.Context(), &list, client.InNamespace(namespace)))
	for _, event := range list.Items {
		if event.InvolvedObject.UID == object.GetUID() {
			about = append(about, event)
		}
	}
	return about
}
