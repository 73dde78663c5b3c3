package graphsim

import (
	"errors"
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/login"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
)

// Control reads and changes a simulator from outside the directory: it sees the
// true state, acts as a person in the portal would, and orders faults. The same
// operations are served as JSON under /_sim/.
type Control struct{ s *Simulator }

// Control returns the simulator's control interface.
func (s *Simulator) Control() *Control { return &Control{s} }

// tenant runs fn on a tenant, now.
func (c *Control) tenant(id string, fn func(t *store.Tenant, by Provenance) error) (err error) {
	c.s.gate.Store.Run(c.s.gate.Clock.Now(), func(now time.Time) {
		var t *store.Tenant
		if t, err = c.s.gate.Store.Tenant(id); err == nil {
			err = fn(t, Provenance{Source: SourcePortal, Time: now})
		}
	})
	return err
}

// Tenants lists the IDs of the tenants.
func (c *Control) Tenants() (ids []string) {
	c.s.gate.Store.Run(c.s.gate.Clock.Now(), func(time.Time) { ids = c.s.gate.Store.TenantIDs() })
	return ids
}

// Licences returns the licences a tenant has: P1, P2, Governance.
func (c *Control) Licences(tenantID string) (licences []string) {
	_ = c.tenant(tenantID, func(t *store.Tenant, _ Provenance) error {
		licences = c.s.graph.Licences(t)
		return nil
	})
	return licences
}

// SetLicences gives a tenant these licences and takes away all others.
func (c *Control) SetLicences(tenantID string, licences ...string) error {
	return c.tenant(tenantID, func(t *store.Tenant, by Provenance) error { return c.s.graph.SetLicences(t, licences, by) })
}

// Assignments returns the role assignments that truly stand in a tenant, with
// no lag, and who made them; nil if there is no such tenant.
func (c *Control) Assignments(tenantID string) (records []AssignmentRecord) {
	_ = c.tenant(tenantID, func(t *store.Tenant, _ Provenance) error {
		records = t.AssignmentRecords()
		return nil
	})
	return records
}

// Records returns the rows of a set that truly stand in a tenant, and who made
// them: "groups", "members", "roleDefinitions", "roleEligibilitySchedules" and
// so on; nil if there is no such tenant.
func (c *Control) Records(tenantID, set string) (records []Record) {
	_ = c.tenant(tenantID, func(t *store.Tenant, _ Provenance) error {
		records = t.Records(set)
		return nil
	})
	return records
}

// AddAssignment grants a role as a person in the portal would.
func (c *Control) AddAssignment(tenantID, principalID, roleDefinitionID, directoryScopeID string) (id string, err error) {
	err = c.tenant(tenantID, func(t *store.Tenant, by Provenance) error {
		id, err = c.s.graph.Assign(t, principalID, roleDefinitionID, directoryScopeID, by)
		return err
	})
	return id, err
}

// RemoveAssignment takes a role away as a person in the portal would.
func (c *Control) RemoveAssignment(tenantID, id string) error {
	return c.tenant(tenantID, func(t *store.Tenant, by Provenance) error { return c.s.graph.Unassign(t, id, by) })
}

// AddObject adds an object to a collection such as "users" or "groups". An id
// among the properties is kept; a group may have members and owners.
func (c *Control) AddObject(tenantID, collection string, properties map[string]any) (id string, err error) {
	err = c.tenant(tenantID, func(t *store.Tenant, by Provenance) error {
		id, err = c.s.graph.AddObject(t, collection, properties, by)
		return err
	})
	return id, err
}

// UpdateObject changes properties of an object.
func (c *Control) UpdateObject(tenantID, id string, properties map[string]any) error {
	return c.tenant(tenantID, func(t *store.Tenant, by Provenance) error {
		return c.s.graph.UpdateObject(t, id, properties, by)
	})
}

// AddMember makes an object a member of a group or an administrative unit.
func (c *Control) AddMember(tenantID, id, memberID string) error {
	return c.tenant(tenantID, func(t *store.Tenant, by Provenance) error { return c.s.graph.AddMember(t, id, memberID, by) })
}

// RemoveMember takes a member out again.
func (c *Control) RemoveMember(tenantID, id, memberID string) error {
	return c.tenant(tenantID, func(t *store.Tenant, by Provenance) error { return c.s.graph.RemoveMember(t, id, memberID, by) })
}

// RestoreObject brings a deleted object back, as far as it can be restored.
func (c *Control) RestoreObject(tenantID, id string) error {
	return c.tenant(tenantID, func(t *store.Tenant, by Provenance) error { return c.s.graph.RestoreObject(t, id, by) })
}

// RemoveObject removes an object, and with a principal its role assignments
// and memberships. Objects of kinds that can be restored become deleted items.
func (c *Control) RemoveObject(tenantID, id string) error {
	return c.tenant(tenantID, func(t *store.Tenant, by Provenance) error { return c.s.graph.RemoveObject(t, id, by) })
}

// AddFault orders a fault and returns the ID it got.
func (c *Control) AddFault(f Fault) (id string, err error) { return c.s.gate.Faults.Add(f) }

// ClearFaults forgets every fault.
func (c *Control) ClearFaults() { c.s.gate.Faults.Clear() }

// Faults lists the faults that can still strike.
func (c *Control) Faults() []Fault { return c.s.gate.Faults.List() }

// Settings returns the conditions the directory works under.
func (c *Control) Settings() Settings { return c.s.gate.Settings() }

// SetSettings changes them for the calls to come.
func (c *Control) SetSettings(s Settings) error {
	if err := c.s.gate.SetSettings(s); err != nil {
		return err
	}
	c.s.graph.SetThrottling(s.Throttling)
	return nil
}

// Calls returns the calls that clients made, oldest first; at least the last
// 20,000 are remembered.
func (c *Control) Calls() []Call { return c.s.gate.Journal.Calls() }

// ResetCalls forgets them and their counts.
func (c *Control) ResetCalls() { c.s.gate.Journal.Reset() }

// CountCalls says how often each operation was called, batched calls included.
func (c *Control) CountCalls() map[string]int { return c.s.gate.Journal.Counts() }

// Changes returns every effective change of some sets, or of all, in order, of
// all tenants. What the seed holds is not a change.
func (c *Control) Changes(sets ...string) (commits []Commit) {
	c.s.gate.Store.Run(c.s.gate.Clock.Now(), func(time.Time) { commits = c.s.gate.Store.Changes(sets...) })
	return commits
}

// History returns every role assignment that came or went, in order, of all
// tenants, as Changes does.
func (c *Control) History() (commits []Commit) {
	c.s.gate.Store.Run(c.s.gate.Clock.Now(), func(time.Time) { commits = c.s.gate.Store.History() })
	return commits
}

// SecretRotate replaces an application's secrets by a new one, and returns it.
func (c *Control) SecretRotate(tenantID, appID string) (string, error) {
	return c.s.authority.RotateSecret(tenantID, appID)
}

// SetAppSecret makes this the only secret of an application.
func (c *Control) SetAppSecret(tenantID, appID, secret string) error {
	return c.s.authority.SetSecret(tenantID, appID, secret)
}

// SetAppPermissions changes the permissions in an application's next tokens.
func (c *Control) SetAppPermissions(tenantID, appID string, permissions []string) error {
	return c.s.authority.SetPermissions(tenantID, appID, permissions)
}

// DisableApp stops an application from signing in; its tokens stay good until they expire.
func (c *Control) DisableApp(tenantID, appID string) error {
	return c.s.authority.Disable(tenantID, appID)
}

// IssueToken returns an access token for an application without its signing in,
// which spares a test in process the login endpoint.
func (c *Control) IssueToken(tenantID, appID string) (string, error) {
	now := c.s.gate.Clock.Now()
	return c.s.authority.Issue(tenantID, appID, login.GraphResource, now, c.Settings().TokenLifetime)
}

// Advance moves the simulator's own clock forward. It is an error where the
// clock was given in Options: then whoever gave it moves it.
func (c *Control) Advance(d time.Duration) error {
	if c.s.offset == nil {
		return errors.New("the clock was given to the simulator; advance that clock instead")
	}
	if d < 0 {
		return errors.New("time only goes forward; give a positive duration")
	}
	c.s.offset.Advance(d)
	return nil
}
