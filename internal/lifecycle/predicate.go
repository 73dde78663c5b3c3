package lifecycle

import (
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// Changed lets through what a pass goes by: the spec, a deletion, the finalizers, a request to reconcile, and the ledger,
// so that a ledger or a finalizer that somebody else changed is put right.
func Changed[T Object[L], L Ledger]() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(T)
		after, okAfter := e.ObjectNew.(T)
		if !ok || !okAfter {
			return true
		}
		return before.GetGeneration() != after.GetGeneration() ||
			!slices.Equal(before.GetFinalizers(), after.GetFinalizers()) ||
			before.GetAnnotations()[v1alpha1.ReconcileRequestAnnotation] != after.GetAnnotations()[v1alpha1.ReconcileRequestAnnotation] ||
			!same(before.GetGrant(), after.GetGrant())
	}}
}
