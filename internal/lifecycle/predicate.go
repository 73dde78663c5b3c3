package lifecycle

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
)

// Changed lets through what a pass goes by: the spec, a deletion, the finalizers, a request to reconcile, the ledger and
// the conditions, so that what somebody else changed of these is put right. That an object has gone is for Deletions.
func Changed[T Object[L], L Ledger]() predicate.Predicate {
	return predicate.Funcs{
		DeleteFunc: func(event.DeleteEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool {
			before, ok := e.ObjectOld.(T)
			after, okAfter := e.ObjectNew.(T)
			return !ok || !okAfter || changed(before, after)
		},
	}
}

func changed[T Object[L], L Ledger](before, after T) bool {
	return before.GetGeneration() != after.GetGeneration() ||
		!slices.Equal(before.GetFinalizers(), after.GetFinalizers()) ||
		requestOf(before) != requestOf(after) ||
		!same(before.GetGrant(), after.GetGrant()) ||
		!equality.Semantic.DeepEqual(before.GetClaimStatus().Conditions, after.GetClaimStatus().Conditions)
}
