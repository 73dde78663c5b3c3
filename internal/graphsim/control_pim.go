package graphsim

import (
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/pim"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
)

// Policy returns the rules that requests for a role must keep to; nothing at
// all if there is no such tenant.
func (c *Control) Policy(tenantID, roleDefinitionID string) (p Policy) {
	_ = c.tenant(tenantID, func(t *store.Tenant, _ Provenance) error {
		p = c.s.graph.Policy(t, roleDefinitionID)
		return nil
	})
	return p
}

// SetPolicy sets the rules for a role; "" is every role that has none of its own.
func (c *Control) SetPolicy(tenantID, roleDefinitionID string, p Policy) error {
	return c.tenant(tenantID, func(t *store.Tenant, _ Provenance) error { return c.s.graph.SetPolicy(t, roleDefinitionID, p) })
}

// SubmitRequest makes a request of Privileged Identity Management as a person
// in the portal would. The collection is roleEligibilityScheduleRequests or
// roleAssignmentScheduleRequests, the body what Graph would be sent.
func (c *Control) SubmitRequest(tenantID, collection string, body map[string]any) (id string, err error) {
	err = c.tenant(tenantID, func(t *store.Tenant, by Provenance) error {
		id, err = c.s.graph.Submit(t, collection, body, by)
		return err
	})
	return id, err
}

// DecideRequest ends the waiting of a request: DecisionApprove, DecisionDeny or DecisionFail.
func (c *Control) DecideRequest(tenantID, requestID, decision string) error {
	return c.tenant(tenantID, func(t *store.Tenant, by Provenance) error {
		return c.s.graph.Decide(t, requestID, decision, by)
	})
}

// Activate has a user activate a role for a while that they, or a group they
// are in, are eligible for, and returns the ID of the role assignment.
func (c *Control) Activate(tenantID, principalID, roleDefinitionID, directoryScopeID string, lasts time.Duration) (id string, err error) {
	err = c.tenant(tenantID, func(t *store.Tenant, by Provenance) error {
		id, err = c.s.graph.Activate(t, pim.Triple{PrincipalID: principalID, RoleID: roleDefinitionID, Scope: directoryScopeID}, lasts, by)
		return err
	})
	return id, err
}

// Deactivate has the user end an activation. The five minutes that it must have
// lasted in a real directory are not waited for.
func (c *Control) Deactivate(tenantID, assignmentID string) error {
	return c.tenant(tenantID, func(t *store.Tenant, by Provenance) error { return c.s.graph.Deactivate(t, assignmentID, by) })
}
