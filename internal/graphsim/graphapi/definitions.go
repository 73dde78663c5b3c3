package graphapi

import (
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/schema"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

func definitionRules(r rules) rules {
	r.prepare, r.change, r.remove = prepareDefinition, changeDefinition, removeDefinition
	return r
}

// prepareDefinition makes a custom role. Documented: Microsoft Graph docs,
// rbacapplication-post-roledefinitions: the template ID is the ID.
func prepareDefinition(c *call, given store.Props, _ links) (string, *wire.Error) {
	if err := checkPermissions(given); err != nil {
		return "", err
	}
	id := strings.ToLower(given.String("templateId"))
	if id == "" {
		id = wire.NewGUID()
	}
	if len(id) != 36 {
		return "", wire.BadRequest("Invalid value specified for property 'templateId' of resource 'RoleDefinition'.")
	}
	if _, exists := c.tenant.Now().Get(id); exists {
		return "", conflict()
	}
	given["templateId"], given["isBuiltIn"] = id, false
	return id, c.checkCustomRoles()
}

// checkPermissions reads what a role allows. Documented in reports: the text
// for an action that custom roles cannot have. Assumed: that those are the
// actions outside microsoft.directory.
func checkPermissions(given store.Props) *wire.Error {
	value, ok := given["rolePermissions"]
	if !ok {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		return wire.BadRequest("One or more property values specified are invalid.")
	}
	for i, entry := range list {
		permission, ok := entry.(map[string]any)
		actions, isList := permission["allowedResourceActions"].([]any)
		if !ok || !isList {
			return wire.BadRequest("One or more property values specified are invalid.")
		}
		for _, action := range actions {
			if text, _ := action.(string); !strings.HasPrefix(text, "microsoft.directory/") {
				return wire.BadRequest("Action '" + text + "' is not supported for Custom Role creation")
			}
		}
		list[i] = map[string]any{"allowedResourceActions": actions, "condition": permission["condition"]}
	}
	return nil
}

// changeDefinition changes a custom role. Assumed: the texts, and that the
// template ID of a role in use stays.
func changeDefinition(c *call, item store.Item, given store.Props, _ links) *wire.Error {
	if item.Props["isBuiltIn"] == true {
		return wire.BadRequest("Built-in role definitions cannot be modified.")
	}
	if err := c.checkMove(item, given); err != nil {
		return err
	}
	return checkPermissions(given)
}

// checkMove refuses another template ID that is none, is taken, or would leave
// assignments behind.
func (c *call) checkMove(item store.Item, given store.Props) *wire.Error {
	if _, ok := given["templateId"]; !ok {
		return nil
	}
	id := strings.ToLower(given.String("templateId"))
	given["templateId"] = id
	if id == item.ID {
		return nil
	}
	if len(id) != 36 {
		return wire.BadRequest("Invalid value specified for property 'templateId' of resource 'RoleDefinition'.")
	}
	if _, taken := c.tenant.Now().Get(id); taken {
		return conflict()
	}
	return c.checkUnused(item)
}

// moved is the ID of an object after a change. That of a custom role is its
// template ID, and changes with it: so reports the azuread provider of Terraform.
func (c *call) moved(set *schema.Set, item store.Item, given store.Props) string {
	id := given.String("templateId")
	if set.Name != "roleDefinitions" || id == "" || id == item.ID {
		return item.ID
	}
	c.tenant.Drop(item.Set, item.ID, c.by())
	return id
}

// removeDefinition removes a custom role that nobody holds. Assumed: the texts,
// and that a role in use is kept: a client that takes the assignments away
// first is right in either case.
func removeDefinition(c *call, item store.Item) *wire.Error {
	if item.Props["isBuiltIn"] == true {
		return wire.BadRequest("Built-in role definitions cannot be deleted.")
	}
	return c.checkUnused(item)
}

func (c *call) checkUnused(item store.Item) *wire.Error {
	if c.api.pim.RoleInUse(c.tenant, item.ID) {
		return wire.BadRequest("The role definition is in use by role assignments and cannot be deleted.")
	}
	return nil
}
