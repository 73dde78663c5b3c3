package graphapi

import (
	"net/http"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/schema"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// followReference answers with the one object that a property names.
func (c *call) followReference(item store.Item) (wire.Response, *wire.Error) {
	other, ok := c.referred(c.target.nav, item)
	if !ok {
		id := item.Props.String(c.target.nav.Reference)
		if id == "" {
			id = c.target.nav.Name
		}
		return wire.Response{}, wire.NotFound(id)
	}
	body := c.renderTyped(other, nonEmpty(c.query.Select))
	body["@odata.context"] = c.base + "/$metadata#directoryObjects/$entity"
	return wire.JSON(http.StatusOK, body), nil
}

// setReference has a property name another object. Documented: Microsoft Graph
// docs, user-post-manager.
func setReference(c *call) (wire.Response, *wire.Error) {
	var body map[string]any
	if err := c.decode(&body); err != nil {
		return wire.Response{}, err
	}
	id, err := reference(body["@odata.id"])
	if err == nil {
		err = c.checkReference(id)
	}
	if err != nil {
		return wire.Response{}, err
	}
	return c.changeReference(strings.ToLower(id))
}

// clearReference has it name nothing. Documented: user-delete-manager.
func clearReference(c *call) (wire.Response, *wire.Error) { return c.changeReference(nil) }

func (c *call) changeReference(to any) (wire.Response, *wire.Error) {
	item, err := c.findToWrite()
	if err != nil {
		return wire.Response{}, err
	}
	c.tenant.Put(item.Set, item.ID, merged(item.Props, store.Props{c.target.nav.Reference: to}), c.by())
	return wire.Empty(http.StatusNoContent), nil
}

// createMember creates a group inside an administrative unit. Documented:
// Microsoft Graph docs, administrativeunit-post-members.
func createMember(c *call) (wire.Response, *wire.Error) {
	unit, err := c.findToWrite()
	if err != nil {
		return wire.Response{}, err
	}
	var body map[string]any
	if err := c.decode(&body); err != nil {
		return wire.Response{}, err
	}
	if kind, _ := body["@odata.type"].(string); !strings.EqualFold(strings.TrimPrefix(kind, "#"), "microsoft.graph.group") {
		return wire.Response{}, wire.BadRequest("Only groups can be created in an administrative unit; add other objects with $ref.")
	}
	c.target = target{set: c.schema.Set("groups"), nav: schema.Navigation{}, actions: c.target.actions}
	created, err := c.createFrom(body)
	if err != nil {
		return wire.Response{}, err
	}
	if group, ok := created.Body.(map[string]any); ok {
		id, _ := group["id"].(string)
		c.link("members", unit.ID, id)
		group["@odata.type"] = "#microsoft.graph.group"
	}
	return created, nil
}
