package claim

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

// Vacant tells whether no object stands any more for an assignment whose field has that ID or, where memberField is given, for a
// membership whose memberField has. It reads live. The *lifecycle.Problem names one that does.
func (d Directory) Vacant(ctx context.Context, field, id, memberField string) error {
	if err := d.none(ctx, "RoleAssignment", &v1alpha1.RoleAssignmentList{}, field, id); err != nil {
		return err
	}
	if err := d.none(ctx, "RoleEligibility", &v1alpha1.RoleEligibilityList{}, field, id); err != nil {
		return err
	}
	if memberField == "" {
		return nil
	}
	return d.none(ctx, "GroupMembership", &v1alpha1.GroupMembershipList{}, memberField, id)
}

func (d Directory) none(ctx context.Context, kind string, list client.ObjectList, field, id string) error {
	if err := d.live.List(ctx, list, client.MatchingFields{field: id}); err != nil {
		return fmt.Errorf("listing what stands on it: %w", err)
	}
	return meta.EachListItem(list, func(item runtime.Object) error {
		obj, ok := item.(client.Object)
		if !ok {
			return nil
		}
		return &lifecycle.Problem{Reason: v1alpha1.ReasonStillAssigned,
			Message: fmt.Sprintf("%s %s still stands on it, and has to be deleted first", kind, client.ObjectKeyFromObject(obj))}
	})
}
