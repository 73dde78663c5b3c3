package graphapi

import (
	"slices"
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/odata"
	"github.com/rolewarden/rolewarden/internal/graphsim/pim"
	"github.com/rolewarden/rolewarden/internal/graphsim/schema"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
)

// projection is a set that shows the rows of other sets in another way, or not at all.
type projection struct {
	of []string
	// show is a row as the projection has it; no props: it has none.
	show func(c *call, v store.View, item store.Item) (id string, props store.Props)
}

func newProjections() map[string]projection {
	return map[string]projection{
		pim.Eligibility().Instances:       {of: []string{pim.Eligibility().Schedules}, show: eligibilityInstance},
		pim.Assignment().Instances:        {of: []string{store.Assignments}, show: assignmentInstance},
		pim.Assignment().Schedules:        {of: []string{pim.Assignment().Schedules, store.Assignments}, show: assignmentSchedule},
		"roleManagementPolicies":          {of: []string{"roleDefinitions"}, show: rolePolicy},
		"roleManagementPolicyAssignments": {of: []string{"roleDefinitions"}, show: rolePolicyAssignment},
		"directoryRoles":                  {of: []string{"roleDefinitions"}, show: directoryRole},
		"directoryRoleTemplates":          {of: []string{"roleDefinitions"}, show: roleTemplate},
	}
}

// list is the rows of a projection, in the order in which they first came.
func (p projection) list(c *call, v store.View, set *schema.Set) []store.Item {
	var out []store.Item
	for _, of := range p.of {
		for _, item := range p.candidates(c, v, of) {
			if id, props := p.show(c, v, item); props != nil {
				out = append(out, store.Item{Row: &store.Row{ID: id, Set: set.Name, Seq: item.Seq}, Props: props})
			}
		}
	}
	slices.SortFunc(out, func(a, b store.Item) int { return a.Seq - b.Seq })
	return out
}

// candidates are the rows that can pass the filter.
func (projection) candidates(c *call, v store.View, of string) []store.Item {
	if principal := odata.Equalities(c.query.Filter)["principalId"]; principal != "" && v.Indexed(of, "principalId") {
		return v.Find(of, "principalId", principal)
	}
	return v.List(of)
}

// guid is the length of an ID of which the case does not matter.
const guid = 36

func (p projection) fetch(c *call, v store.View, set *schema.Set, id string) (store.Item, bool) {
	for _, item := range p.list(c, v, set) {
		if item.ID == id || len(id) == guid && strings.EqualFold(item.ID, id) {
			return item, true
		}
	}
	return store.Item{}, false
}

// having are those rows of a projection that have this value of a property.
func (p projection) having(c *call, v store.View, set *schema.Set, property, value string) (out []store.Item) {
	for _, item := range p.list(c, v, set) {
		if strings.EqualFold(item.Props.String(property), value) {
			out = append(out, item)
		}
	}
	return out
}

func picked(props store.Props, names ...string) store.Props {
	out := store.Props{}
	for _, name := range append(names, "principalId", "roleDefinitionId", "directoryScopeId") {
		if v, ok := props[name]; ok {
			out[name] = v
		}
	}
	return out
}

// window is when a schedule holds.
func window(schedule store.Props) (start, end any) {
	info, _ := schedule["scheduleInfo"].(map[string]any)
	expiration, _ := info["expiration"].(map[string]any)
	return info["startDateTime"], expiration["endDateTime"]
}

// eligibilityInstance is a schedule of an eligibility that is in effect. Its ID
// is that of the role assignment with a suffix, as in samples of Microsoft's.
func eligibilityInstance(_ *call, _ store.View, item store.Item) (string, store.Props) {
	if item.Props["status"] != "Provisioned" {
		return "", nil
	}
	props := picked(item.Props, "memberType")
	props["roleEligibilityScheduleId"] = item.ID
	props["startDateTime"], props["endDateTime"] = window(item.Props)
	return pim.InstanceID(item.Props), props
}

// assignmentInstance is a role assignment, which is active as long as it is
// there. Documented: whether it was made through Privileged Identity Management
// or directly; then its ID is that of its schedule too.
func assignmentInstance(_ *call, _ store.View, item store.Item) (string, store.Props) {
	props := picked(item.Props, "startDateTime", "endDateTime", "assignmentType", "activatedUsing")
	props["memberType"], props["roleAssignmentOriginId"], props["roleAssignmentScheduleId"] = "Direct", item.ID, item.Props["scheduleId"]
	if props["roleAssignmentScheduleId"] == nil {
		props["roleAssignmentScheduleId"], props["assignmentType"] = item.ID, "Assigned"
	}
	return item.ID, props
}

// assignmentSchedule is a schedule as it stands, or what is shown in its place
// of a role assignment that was made without one. Documented: the sample of
// rbacapplication-list-roleassignmentschedules, which has no dates.
func assignmentSchedule(_ *call, _ store.View, item store.Item) (string, store.Props) {
	if item.Set != store.Assignments {
		return item.ID, item.Props
	}
	if item.Props["scheduleId"] != nil {
		return "", nil
	}
	props := picked(item.Props)
	props["status"], props["memberType"], props["assignmentType"] = "Provisioned", "Direct", "Assigned"
	props["scheduleInfo"] = map[string]any{
		"startDateTime": nil, "recurrence": nil,
		"expiration": map[string]any{"type": "noExpiration", "endDateTime": nil, "duration": nil},
	}
	return item.ID, props
}
