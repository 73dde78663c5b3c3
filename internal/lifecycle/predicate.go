package lifecycle

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
)

// Changed lets through what a pass goes by: the spec, a deletion, the finalizers, a request to reconcile, the ledger and
// the conditions, so that what somebody else changed of these is put right.
func Changed[T Object[L], L Ledger]() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(T)
		after, okAfter := e.ObjectNew.(T)
		if !ok || !okAfter {
			return true
		}
		return before.GetGeneration() != after.GetGeneration() ||
			!slices.Equal(before.GetFinalizers(), after.GetFinalizers()) ||
			requestOf(before) != requestOf(after) ||
			!same(before.GetGrant(), after.GetGrant()) ||
			!equality.Semantic.DeepEqual(before.GetClaimStatus().Conditions, after.GetClaimStatus().Conditions)
	}}
}
