package chaos

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// describe puts a revision of an object in words.
func describe(obj *object) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s rv=%s gen=%d", obj.Name, obj.ResourceVersion, obj.Generation)
	if guarded(obj) {
		b.WriteString(" finalizer")
	}
	if !obj.DeletionTimestamp.IsZero() {
		b.WriteString(" deleting")
	}
	if key := obj.GetGrant(); key != nil {
		b.WriteString(" ledger=" + string(key.PrincipalID))
	}
	return b.String() + " " + describeConditions(obj.Status.Conditions)
}

func describeConditions(conditions []metav1.Condition) string {
	var all []string
	for _, c := range conditions {
		all = append(all, c.Type+"="+string(c.Status)+"/"+c.Reason)
	}
	return strings.Join(all, " ")
}
