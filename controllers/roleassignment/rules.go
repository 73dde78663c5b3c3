package roleassignment

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
	"github.com/rolewarden/rolewarden/internal/tenant"
)

// identity are the fields of a spec that name the assignment. Its JSON is digested, so a new field must be left out of
// it when empty, or every name would be looked up again after an upgrade.
type identity struct {
	TenantRef v1alpha1.TenantReference `json:"tenantRef,omitzero"`
	Principal v1alpha1.Principal       `json:"principal"`
	Role      v1alpha1.Role            `json:"role"`
	Scope     v1alpha1.Scope           `json:"scope,omitzero"`
}

func identityOf(spec *v1alpha1.RoleAssignmentSpec) identity {
	return identity{TenantRef: spec.TenantRef, Principal: spec.Principal, Role: spec.Role, Scope: spec.Scope}
}

// String returns the assignment in the words of the spec.
func (i identity) String() string {
	p := i.Principal
	text := fmt.Sprintf("%s for %s", cmp.Or(string(i.Role.DisplayName), string(i.Role.ID)),
		cmp.Or(string(p.User), string(p.Group), string(p.ServicePrincipal), string(p.ID)))
	if i.Scope != (v1alpha1.Scope{}) {
		text += " at " + cmp.Or(string(i.Scope.AdministrativeUnit), string(i.Scope.ObjectID))
	}
	return text
}

func keyOf(grant v1alpha1.AssignmentGrant) graph.AssignmentKey {
	return graph.AssignmentKey{
		PrincipalID:      string(grant.PrincipalID),
		RoleDefinitionID: string(grant.RoleDefinitionID),
		DirectoryScopeID: grant.DirectoryScopeID,
	}
}

func grantOf(tenantID string, key graph.AssignmentKey) v1alpha1.AssignmentGrant {
	return v1alpha1.AssignmentGrant{
		TenantID:         v1alpha1.ObjectID(tenantID),
		PrincipalID:      v1alpha1.ObjectID(key.PrincipalID),
		RoleDefinitionID: v1alpha1.ObjectID(key.RoleDefinitionID),
		DirectoryScopeID: key.DirectoryScopeID,
	}
}

// application is what a service principal is named by.
const application = "service principal of the application"

// only returns the one ID that a name stands for.
func only(what, name string, notFound v1alpha1.Reason, ids []string) (string, error) {
	switch len(ids) {
	case 1:
		return ids[0], nil
	case 0:
		return "", &lifecycle.Problem{Reason: notFound,
			Message: fmt.Sprintf("The directory has no %s %q%s. It is looked for again from time to time", what, name, hintFor(what))}
	}
	return "", &lifecycle.Problem{Reason: v1alpha1.ReasonNameAmbiguous, Stalled: true,
		Message: fmt.Sprintf("The directory has %d objects that match %s %q: name the one that is meant by its ID", len(ids), what, name)}
}

// hintFor says what is often meant by an ID of the wrong kind.
func hintFor(what string) string {
	if what == application {
		return "; if this is the object ID of a service principal, it belongs into principal.id"
	}
	return ""
}

// invalid is a spec that admission let through and that names nothing.
func invalid(err error) error {
	return &lifecycle.Problem{Reason: v1alpha1.ReasonInvalidSpec, Stalled: true, Message: err.Error()}
}

// explainTenant says what it means for the object that it has no directory to be granted in.
func explainTenant(err error) error {
	e, ok := errors.AsType[*tenant.ChoiceError](err)
	if !ok {
		return err
	}
	return &lifecycle.Problem{Reason: e.Reason, Message: e.Message, Stalled: e.Final, Unreachable: e.Exists}
}

// explainCreate says what a create call's answer means for this object. A principal that an assignment was made to
// before has gone; any other may yet appear, since the directory is slow to show what is new.
func explainCreate(err error, obj *v1alpha1.RoleAssignment, key graph.AssignmentKey) error {
	e, ok := errors.AsType[*graph.Error](err)
	if !ok || e.Class != graph.NotFound {
		return err
	}
	if e.Resource == key.RoleDefinitionID {
		return &lifecycle.Problem{Reason: v1alpha1.ReasonRoleNotFound, Message: "The directory has no role " + key.RoleDefinitionID, Err: err}
	}
	if e.Resource != "" && e.Resource != key.PrincipalID {
		return &lifecycle.Problem{Reason: v1alpha1.ReasonScopeNotFound, Err: err,
			Message: fmt.Sprintf("The directory has no object %s for the scope %s", e.Resource, key.DirectoryScopeID)}
	}
	if obj.Status.Origin != "" {
		return &lifecycle.Problem{Reason: v1alpha1.ReasonPrincipalGone, Stalled: true, Err: err,
			Message: fmt.Sprintf("The principal %s has left the directory: change spec.principal, or set the annotation %s to look its name up again",
				key.PrincipalID, v1alpha1.ReconcileRequestAnnotation)}
	}
	return &lifecycle.Problem{Reason: v1alpha1.ReasonPrincipalNotFound, Message: "The directory has no principal " + key.PrincipalID, Err: err}
}
