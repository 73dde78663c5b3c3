package graphapi

import (
	"time"

	"github.com/rolewarden/rolewarden/internal/graphsim/pim"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// rules are what the directory demands of a set beyond its description.
type rules struct {
	// submit deals with a new object altogether; nil: it is prepared and stored.
	submit func(c *call, given store.Props) (wire.Response, *wire.Error)
	// prepare checks and completes a new object, and gives it its ID.
	prepare func(c *call, given store.Props, bound links) (id string, err *wire.Error)
	// change checks and completes a change of an object.
	change func(c *call, item store.Item, given store.Props, bound links) *wire.Error
	// remove checks the removal of an object.
	remove func(c *call, item store.Item) *wire.Error
	// link and unlink check that members or owners come and go.
	link   func(c *call, item store.Item, name string, ids []string) *wire.Error
	unlink func(c *call, item store.Item, name string) *wire.Error
}

// newRules are the rules of each set.
func newRules() map[string]rules {
	plain := rules{
		prepare: newObject,
		change:  func(*call, store.Item, store.Props, links) *wire.Error { return nil },
		remove:  func(*call, store.Item) *wire.Error { return nil },
		link:    func(*call, store.Item, string, []string) *wire.Error { return nil },
		unlink:  func(*call, store.Item, string) *wire.Error { return nil },
	}
	all := map[string]rules{}
	for _, name := range []string{"administrativeUnits", "organization", "directoryObjects"} {
		all[name] = plain
	}
	for name, prepare := range map[string]func(*call, store.Props, links) (string, *wire.Error){
		"users": newUser, "applications": newApplication, "servicePrincipals": newServicePrincipal,
	} {
		own := plain
		own.prepare = prepare
		all[name] = own
	}
	all["roleAssignments"] = assignmentRules(plain)
	all["roleDefinitions"] = definitionRules(plain)
	all["groups"] = groupRules(plain)
	all["directoryRoles"] = rules{submit: activateRole}
	for _, k := range []pim.Kind{pim.Eligibility(), pim.Assignment()} {
		all[k.Requests] = rules{submit: submitRequest}
	}
	return all
}

// newObject gives a directory object its ID.
func newObject(c *call, given store.Props, _ links) (string, *wire.Error) {
	if _, ok := c.target.set.Property("createdDateTime"); ok {
		given["createdDateTime"] = c.moment.At.UTC().Format(time.RFC3339)
	}
	return wire.NewGUID(), nil
}

// newApplication gives an application the ID that clients know it by.
func newApplication(c *call, given store.Props, bound links) (string, *wire.Error) {
	given["appId"] = wire.NewGUID()
	fill(given, store.Props{"signInAudience": "AzureADMyOrg"})
	return newObject(c, given, bound)
}

// newUser is a member of the tenant unless it is said to be a guest.
func newUser(c *call, given store.Props, bound links) (string, *wire.Error) {
	fill(given, store.Props{"userType": "Member"})
	return newObject(c, given, bound)
}

// newServicePrincipal takes over what its application says. Documented:
// Microsoft identity platform, app-objects-and-service-principals. Assumed: an
// application that is not in the tenant is one of another.
func newServicePrincipal(c *call, given store.Props, bound links) (string, *wire.Error) {
	fill(given, store.Props{"servicePrincipalType": "Application", "accountEnabled": true, "servicePrincipalNames": []any{given["appId"]}})
	for _, app := range c.read().Find("applications", "appId", given.String("appId")) {
		fill(given, store.Props{
			"displayName": app.Props["displayName"], "appDisplayName": app.Props["displayName"], "signInAudience": app.Props["signInAudience"],
			"appOwnerOrganizationId": c.tenant.ID,
		})
	}
	return newObject(c, given, bound)
}

// fill gives properties that were not given.
func fill(given, defaults store.Props) {
	for name, v := range defaults {
		if given[name] == nil && v != nil {
			given[name] = v
		}
	}
}
