package roleassignment

import (
	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/claim"
)

func identityOf(spec *v1alpha1.RoleAssignmentSpec) claim.Assignment {
	return claim.Assignment{
		TenantRef: spec.TenantRef, Principal: spec.Principal, Role: spec.Role, Scope: spec.Scope, Scheduled: spec.Schedule != nil,
	}
}

// termsOf is what a spec says beside the key.
func termsOf(obj *v1alpha1.RoleAssignment) claim.Terms {
	schedule := obj.Spec.Schedule
	return claim.Terms{
		Period: obj.Status.Period, Justification: obj.Spec.Justification, Ticket: obj.Spec.Ticket,
		Unbegun: obj.GetGrant() == nil && schedule != nil && schedule.Duration != "",
	}
}
