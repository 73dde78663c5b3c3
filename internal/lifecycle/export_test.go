package lifecycle

import "k8s.io/apimachinery/pkg/types"

// PutOff tells whether it is still known that an object was put off.
func (r *Reconciler[T, L]) PutOff(uid types.UID) bool {
	return r.soon.Get(string(uid)) > 0 || r.later.Get(string(uid)) > 0
}
