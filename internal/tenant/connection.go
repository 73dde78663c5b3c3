package tenant

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/graph/msgraph"
)

// rolesLifetime is how long a list of role definitions is believed. Built-in ones keep their ID and name for ever.
const rolesLifetime = 10 * time.Minute

// Connection is the way into one directory.
type Connection struct {
	// Client makes the calls.
	Client *msgraph.Client
	// TenantID is the ID of the directory, lower case.
	TenantID string
	// Fingerprint identifies what the client was made from.
	Fingerprint string

	name    string
	uid     types.UID
	clock   clock.PassiveClock
	mu      sync.Mutex
	roles   []graph.RoleDefinition
	rolesAt time.Time
	// noPIM is until when it is believed that the tenant has no licence for Privileged Identity Management.
	noPIM time.Time
}

// NewConnection returns the connection of a Tenant.
func NewConnection(t *v1alpha1.Tenant, client *msgraph.Client, fingerprint string, c clock.PassiveClock) *Connection {
	id, _ := graph.CanonicalID(string(t.Spec.TenantID)) // admission has seen to its form
	return &Connection{Client: client, TenantID: id, Fingerprint: fingerprint, name: t.Name, uid: t.UID, clock: c}
}

// Object is the Tenant, as far as an event needs to know it.
func (c *Connection) Object() *v1alpha1.Tenant {
	t := &v1alpha1.Tenant{}
	t.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("Tenant"))
	t.Name, t.UID = c.name, c.uid
	return t
}

// RefreshRoles lists the directory's role definitions now.
func (c *Connection) RefreshRoles(ctx context.Context) error {
	roles, err := c.Client.RoleDefinitions(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.roles, c.rolesAt = roles, c.clock.Now()
	return nil
}

// RoleByID returns the role definition with that ID or template ID, or nil. A list that was read lately will do: an ID
// never comes to mean another role.
func (c *Connection) RoleByID(ctx context.Context, id string) (*graph.RoleDefinition, error) {
	match := func(r graph.RoleDefinition) bool { return r.ID == id || r.TemplateID == id }
	found, err := c.find(ctx, match, func(graph.RoleDefinition) bool { return true })
	if err != nil || len(found) == 0 {
		return nil, err
	}
	// An old directory may know a role by two IDs; the one that assignments are answered with is ID.
	if i := slices.IndexFunc(found, func(r graph.RoleDefinition) bool { return r.ID == id }); i >= 0 {
		return &found[i], nil
	}
	return &found[0], nil
}

// RolesByName returns all role definitions with that display name, in upper or lower case: the directory finds users and
// groups that way, too. A list that was read lately will do only for a
// built-in role that is alone with its name: anybody may give a custom role any name.
func (c *Connection) RolesByName(ctx context.Context, name string) ([]graph.RoleDefinition, error) {
	match := func(r graph.RoleDefinition) bool { return strings.EqualFold(r.DisplayName, name) }
	return c.find(ctx, match, func(r graph.RoleDefinition) bool { return r.BuiltIn })
}

func (c *Connection) find(ctx context.Context, match, lasting func(graph.RoleDefinition) bool) ([]graph.RoleDefinition, error) {
	if found := c.known(match); len(found) == 1 && lasting(found[0]) {
		return found, nil
	}
	if err := c.RefreshRoles(ctx); err != nil {
		return nil, err
	}
	return c.known(match), nil
}

func (c *Connection) known(match func(graph.RoleDefinition) bool) []graph.RoleDefinition {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.clock.Since(c.rolesAt) > rolesLifetime {
		return nil
	}
	var found []graph.RoleDefinition
	for _, role := range c.roles {
		if match(role) {
			found = append(found, role)
		}
	}
	return found
}

// HasPIM tells whether the tenant may have a licence for Privileged Identity Management.
func (c *Connection) HasPIM() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.clock.Now().Before(c.noPIM)
}

// LacksPIM notes that the directory has said that it has none. That is believed as long as a list of roles is.
func (c *Connection) LacksPIM() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noPIM = c.clock.Now().Add(rolesLifetime)
}
