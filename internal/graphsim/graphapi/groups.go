package graphapi

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/store"
	"github.com/rolewarden/rolewarden/internal/graphsim/wire"
)

// Role-assignable groups are as good as the roles they hold, so everything
// about them takes the permission to manage roles. Documented: Microsoft Graph
// docs, group-post-groups and group-post-members; Microsoft Entra docs,
// groups-concept. Assumed: that changing and deleting one takes it too.

func groupRules(r rules) rules {
	r.prepare, r.change, r.remove, r.link, r.unlink = prepareGroup, changeGroup, removeGroup, linkGroup, unlinkGroup
	return r
}

func prepareGroup(c *call, given store.Props, bound links) (string, *wire.Error) {
	if given["isAssignableToRole"] == true {
		if err := checkAssignable(c, given); err != nil {
			return "", err
		}
	}
	if given["mailEnabled"] == true && !hasType(given, "Unified") {
		// Documented: Microsoft Graph docs, resources/groups-overview.
		return "", wire.BadRequest("Mail-enabled groups that are not Microsoft 365 groups cannot be created through Microsoft Graph.")
	}
	if len(bound["members"])+len(bound["owners"]) > maxBind {
		return "", wire.BadRequest("The number of references is more than the 20 that one request can add.")
	}
	// Assumed: of a unique name and a nickname that are both taken the first is told.
	if err := cmp.Or(c.checkUnique(c.target.set, "", given), c.checkNickname("", given)); err != nil {
		return "", err
	}
	id, err := newObject(c, given, bound)
	if err != nil {
		return "", err
	}
	given["renewedDateTime"] = given["createdDateTime"]
	given["securityIdentifier"] = securityIdentifier(id)
	if given["isAssignableToRole"] == false {
		delete(given, "isAssignableToRole") // reads null on plain groups
	}
	return id, checkMembers(c, given, bound["members"])
}

// checkAssignable applies what only role-assignable groups must keep to.
// Documented: Microsoft Graph docs, resources/groups-overview; the text for
// group types is from reports.
func checkAssignable(c *call, given store.Props) *wire.Error {
	if !c.caller.Allows(roleManagers()) {
		return wire.Forbidden()
	}
	types, _ := given["groupTypes"].([]any)
	if hasType(given, "DynamicMembership") || len(types) > 0 && !hasType(given, "Unified") {
		return wire.BadRequest("GroupType cannot be set for security groups assignable to roles.")
	}
	if given["securityEnabled"] != true {
		return wire.BadRequest("Groups assignable to roles must be security enabled.")
	}
	return c.checkAssignableGroups()
}

func roleManagers() []string { return []string{"RoleManagement.ReadWrite.Directory"} }

func hasType(given store.Props, name string) bool {
	types, _ := given["groupTypes"].([]any)
	return slices.Contains(types, any(name))
}

// securityIdentifier is the Windows form of an object ID: its bytes, in the
// order .NET writes a GUID, as four little-endian numbers.
func securityIdentifier(id string) string {
	b, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	if err != nil || len(b) != 16 {
		return ""
	}
	big, little := binary.BigEndian, binary.LittleEndian
	second := uint32(big.Uint16(b[6:]))<<16 | uint32(big.Uint16(b[4:]))
	return fmt.Sprintf("S-1-12-1-%d-%d-%d-%d", big.Uint32(b), second, little.Uint32(b[8:]), little.Uint32(b[12:]))
}

// checkNickname refuses a Microsoft 365 group the mail nickname of another.
// Documented: Microsoft Graph docs, resources/group: it is unique among them.
func (c *call) checkNickname(id string, group store.Props) *wire.Error {
	if !hasType(group, "Unified") {
		return nil
	}
	others := c.tenant.Now().Find("groups", "mailNickname", group.String("mailNickname"))
	if slices.ContainsFunc(others, func(other store.Item) bool { return other.ID != id && hasType(other.Props, "Unified") }) {
		return taken("mailNickname")
	}
	return nil
}

func changeGroup(c *call, item store.Item, given store.Props, bound links) *wire.Error {
	if _, renames := given["mailNickname"]; renames {
		if err := c.checkNickname(item.ID, merged(item.Props, given)); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(bound)) {
		for _, id := range bound[name] {
			if _, exists := c.tenant.Now().Get(linkID(name, item.ID, id)); exists {
				return wire.BadRequest("One or more added object references already exist for the following modified properties: '" + name + "'.")
			}
		}
		if err := linkGroup(c, item, name, bound[name]); err != nil {
			return err
		}
	}
	return guardGroup(c, item)
}

func removeGroup(c *call, item store.Item) *wire.Error { return guardGroup(c, item) }

// guardGroup refuses to touch a role-assignable group without the permission.
func guardGroup(c *call, item store.Item) *wire.Error {
	if item.Props["isAssignableToRole"] == true && !c.caller.Allows(roleManagers()) {
		return wire.Forbidden()
	}
	return nil
}

func linkGroup(c *call, item store.Item, name string, ids []string) *wire.Error {
	if err := guardGroup(c, item); err != nil {
		return err
	}
	if name != "members" {
		return c.checkOwners(item.ID, len(ids))
	}
	return checkMembers(c, item.Props, ids)
}

// checkMembers refuses members that a group cannot have. Documented: Microsoft
// Entra docs, groups-concept: no group in a role-assignable group. Assumed: the
// text.
func checkMembers(c *call, group store.Props, ids []string) *wire.Error {
	for _, id := range ids {
		member, ok := c.read().Get(id)
		if !ok {
			return wire.NotFound(id)
		}
		if !c.schema.Set(member.Set).Principal {
			return wire.BadRequest("An invalid operation was included in the following modified references: 'members'.")
		}
		if member.Set == "groups" && group["isAssignableToRole"] == true {
			return wire.BadRequest("Groups cannot be added as members of groups that are assignable to roles.")
		}
	}
	return nil
}

// unlinkGroup keeps the last owner. Documented: Microsoft Graph docs,
// group-delete-owners; the text is from reports.
func unlinkGroup(c *call, item store.Item, name string) *wire.Error {
	if name == "owners" && len(c.tenant.Now().Find("owners", "from", item.ID)) == 1 {
		return wire.BadRequest("The group must have at least one owner, hence this owner cannot be removed.")
	}
	return guardGroup(c, item)
}
