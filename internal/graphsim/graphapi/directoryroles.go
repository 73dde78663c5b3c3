package graphapi

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/pim"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// activatedSet are the roles that were activated by a call, by the IDs of their definitions.
const activatedSet = "activatedRoles"

// directoryRoleID is the ID that a role has in a tenant once it is active there.
// Assumed: it is another than that of the definition, and is made of both.
func directoryRoleID(t *store.Tenant, roleID string) string {
	b := sha256.Sum256([]byte(t.ID + "/directoryRoles/" + roleID))
	b[6], b[8] = b[6]&0x0f|0x50, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// directoryRole is a built-in role that is active. Documented: a role that is
// assigned has been activated. Assumed: one that was not activated by a call is
// active as long as somebody holds it over the tenant.
func directoryRole(c *call, v store.View, role store.Item) (string, store.Props) {
	if role.Props["isBuiltIn"] != true {
		return "", nil
	}
	_, active := v.GetIn(activatedSet, role.ID)
	if !active && len(overTenant(v, "roleDefinitionId", role.ID)) == 0 {
		return "", nil
	}
	return directoryRoleID(c.tenant, role.ID), store.Props{
		"displayName": role.Props["displayName"], "description": role.Props["description"], "roleTemplateId": role.Props["templateId"], "role": role.ID,
	}
}

// overTenant are the role assignments over the whole tenant of a role, or of a principal.
func overTenant(v store.View, property, id string) (out []store.Item) {
	for _, row := range v.Find(store.Assignments, property, id) {
		if row.Props["directoryScopeId"] == "/" {
			out = append(out, row)
		}
	}
	return out
}

func roleTemplate(_ *call, _ store.View, role store.Item) (string, store.Props) {
	if role.Props["isBuiltIn"] != true {
		return "", nil
	}
	return role.Props.String("templateId"), store.Props{"displayName": role.Props["displayName"], "description": role.Props["description"]}
}

// activateRole activates a role. Documented: Microsoft Graph docs,
// directoryrole-post-directoryroles. Assumed: the refusal of one that is active.
func activateRole(c *call, given store.Props) (wire.Response, *wire.Error) {
	template := given.String("roleTemplateId")
	role, ok := c.read().GetIn("roleDefinitions", c.roleID(template))
	if !ok || role.Props["isBuiltIn"] != true || c.moment.Blind {
		return wire.Response{}, wire.NotFound(template)
	}
	if _, active := directoryRole(c, c.tenant.Now(), role); active != nil {
		return wire.Response{}, conflict()
	}
	c.tenant.Put(activatedSet, role.ID, store.Props{"roleTemplateId": template}, c.by())
	id, props := directoryRole(c, c.tenant.Now(), role)
	body := c.render(shape{set: c.target.set}, store.Item{Row: &store.Row{ID: id, Set: c.target.set.Name}, Props: props})
	body["@odata.context"] = c.context(c.target.set, true)
	return wire.JSON(http.StatusCreated, body), nil
}

// holders are who holds a directory role over the tenant, in the order that pages go by.
func (c *call) holders(v store.View, directoryRoleID string) (out []store.Item) {
	set := c.schema.Set("directoryRoles")
	role, ok := c.fetch(v, set, directoryRoleID)
	if !ok {
		return nil
	}
	for _, row := range overTenant(v, "roleDefinitionId", role.Props.String("role")) {
		if principal, ok := v.Get(row.Props.String("principalId")); ok {
			out = append(out, principal)
		}
	}
	slices.SortFunc(out, func(a, b store.Item) int { return a.Seq - b.Seq })
	return out
}

// rolesOf are the directory roles that objects hold over the tenant.
func (c *call) rolesOf(v store.View, ids []string) (out []store.Item) {
	set := c.schema.Set("directoryRoles")
	seen := map[string]bool{}
	for _, id := range ids {
		for _, row := range overTenant(v, "principalId", id) {
			held := row.Props.String("roleDefinitionId")
			if role, ok := c.fetch(v, set, directoryRoleID(c.tenant, held)); ok && !seen[held] {
				seen[held] = true
				out = append(out, role)
			}
		}
	}
	return out
}

// addHolder assigns a role by making somebody its member.
func (c *call) addHolder(role store.Item, id string) *wire.Error {
	for _, holder := range c.holders(c.tenant.Now(), role.ID) {
		if holder.ID == strings.ToLower(id) {
			return wire.BadRequest("One or more added object references already exist for the following modified properties: 'members'.")
		}
	}
	_, err := c.assign(pim.Triple{PrincipalID: id, RoleID: role.Props.String("role"), Scope: "/"})
	return err
}

// assign makes a role assignment by another way than the usual one.
func (c *call) assign(r pim.Triple) (string, *wire.Error) {
	given := store.Props{"principalId": r.PrincipalID, "roleDefinitionId": r.RoleID, "directoryScopeId": r.Scope}
	id, err := prepareAssignment(c, given, nil)
	if err == nil {
		c.tenant.Put(store.Assignments, id, given, c.by())
	}
	return id, err
}

// removeHolder takes a role away by removing its member.
func (c *call) removeHolder(role store.Item) (wire.Response, *wire.Error) {
	for _, row := range overTenant(c.tenant.Now(), "roleDefinitionId", role.Props.String("role")) {
		if row.Props["principalId"] == strings.ToLower(c.target.member) {
			if err := checkSelfRemoval(c, row); err != nil {
				return wire.Response{}, err
			}
			c.api.pim.Revoke(c.tenant, row, c.by())
			return wire.Empty(http.StatusNoContent), nil
		}
	}
	return wire.Response{}, wire.NotFound(c.target.member)
}
