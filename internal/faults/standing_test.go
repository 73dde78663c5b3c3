package faults_test

import (
	"cmp"
	"slices"
	"time"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// standing is what a directory holds under a key.
type standing struct {
	key grant
	id  string
	// made is the act that made it, whoever changed it since.
	made graphsim.Provenance
	// activated is set for what a user activated by an eligibility, which is nobody's.
	activated bool
	// props are what else the directory knows of it; nil for a plain role assignment.
	props map[string]any
}

// standings are all that stands in all directories, as far as objects may stand for it.
func (w *world) standings() []standing {
	var all []standing
	for _, d := range w.flow.directories() {
		all = w.plain(all, d.id)
		if w.flow.licensed {
			all = w.scheduled(all, d.id, "roleEligibilitySchedule", eligibility)
			all = w.scheduled(all, d.id, "roleAssignmentSchedule", assignment)
		}
		if w.linked() {
			all = w.custom(all, d.id)
		}
	}
	return all
}

// plain adds the role assignments that no schedule governs.
func (w *world) plain(all []standing, tenantID string) []standing {
	for _, a := range w.dir.Assignments(tenantID) {
		if a.ScheduleID == "" {
			all = append(all, standing{key: assignmentKey(tenantID, a), id: a.ID, made: a.Provenance})
		} else if a.AssignmentType == "Activated" {
			all = append(all, standing{key: assignmentKey(tenantID, a), id: a.ID, made: a.Provenance, activated: true})
		}
	}
	return all
}

func assignmentKey(tenantID string, a graphsim.AssignmentRecord) grant {
	return grant{tenant: tenantID, principal: a.PrincipalID, target: a.RoleDefinitionID, scope: a.DirectoryScopeID}
}

// scheduled adds the schedules of one kind, and the requests that may yet become one.
func (w *world) scheduled(all []standing, tenantID, set string, of species) []standing {
	begun := map[string]bool{}
	for _, r := range w.dir.Records(tenantID, set+"s") {
		begun[r.ID] = true
		if r.Properties["assignmentType"] != "Activated" {
			all = append(all, w.row(scheduleKey(tenantID, r, of), r))
		}
	}
	for _, r := range w.dir.Records(tenantID, set+"Requests") {
		open := r.Properties["status"] == "PendingApproval" || r.Properties["status"] == "Granted"
		if open && !begun[r.ID] && r.Properties["action"] == "adminAssign" {
			all = append(all, w.row(scheduleKey(tenantID, r, of), r))
		}
	}
	return all
}

func scheduleKey(tenantID string, r graphsim.Record, of species) grant {
	p := r.Properties
	return grant{
		species: of, tenant: tenantID, principal: p.String("principalId"), target: p.String("roleDefinitionId"), scope: p.String("directoryScopeId"),
	}
}

// custom adds the groups, their members and the custom roles.
func (w *world) custom(all []standing, tenantID string) []standing {
	for _, r := range w.dir.Records(tenantID, "groups") {
		name := r.Properties.String("uniqueName")
		w.groupNames[r.ID] = cmp.Or(name, r.Properties.String("displayName"))
		if name != "" {
			all = append(all, w.row(grant{species: group, tenant: tenantID, target: name}, r))
		}
	}
	for _, r := range w.dir.Records(tenantID, "members") {
		from, to := r.Properties.String("from"), r.Properties.String("to")
		if w.groupNames[from] != "" {
			all = append(all, w.row(grant{species: membership, tenant: tenantID, target: from, principal: to}, r))
		}
	}
	for _, r := range w.dir.Records(tenantID, "roleDefinitions") {
		if r.Properties["isBuiltIn"] != true {
			all = append(all, w.row(grant{species: definition, tenant: tenantID, target: r.ID}, r))
		}
	}
	return all
}

// row is what stands of a record. Who made it is what is seen of it first: each version of a row has its own maker.
func (w *world) row(key grant, r graphsim.Record) standing {
	if _, known := w.makers[maker{key, r.ID}]; !known {
		w.makers[maker{key, r.ID}] = r.Provenance
	}
	return standing{key: key, id: r.ID, made: w.makers[maker{key, r.ID}], props: r.Properties}
}

type maker struct {
	key grant
	id  string
}

// forgetMakers forgets who made what is no more.
func (w *world) forgetMakers(all []standing) {
	if len(w.makers) == 0 {
		return
	}
	stands := map[maker]bool{}
	for _, a := range all {
		stands[maker{a.key, a.id}] = true
	}
	for m := range w.makers {
		if !stands[m] {
			delete(w.makers, m)
		}
	}
}

// holds returns what truly stands under a key.
func (w *world) holds(key grant) *standing {
	if key.species == assignment && !w.flow.licensed {
		for _, a := range w.dir.Assignments(key.tenant) {
			if assignmentKey(key.tenant, a) == key && a.AssignmentType != "Activated" {
				return &standing{key: key, id: a.ID, made: a.Provenance}
			}
		}
		return nil
	}
	all := w.standings()
	if i := slices.IndexFunc(all, func(a standing) bool { return a.key == key && !a.activated }); i >= 0 {
		return &all[i]
	}
	return nil
}

// fits tells whether what stands is in all as an object asks for.
func (a *standing) fits(obj object) bool {
	if a.props == nil {
		parts, ok := roleOf(obj)
		return !ok || *parts.schedule == nil
	}
	switch o := obj.(type) {
	case *v1alpha1.Group:
		return a.props["displayName"] == string(o.Spec.DisplayName)
	case *v1alpha1.RoleDefinition:
		return a.props["displayName"] == string(o.Spec.DisplayName) && a.props["isEnabled"] == (o.Spec.State != v1alpha1.DefinitionDisabled)
	}
	parts, ok := roleOf(obj)
	if !ok {
		return true
	}
	return a.props["status"] != "PendingApproval" && (a.end().Equal(endOf(parts)) || (a.key.species == assignment && *parts.schedule == nil))
}

// end is when a schedule ends, zero if it does not.
func (a *standing) end() time.Time {
	info, _ := a.props["scheduleInfo"].(map[string]any)
	expiration, _ := info["expiration"].(map[string]any)
	text, _ := expiration["endDateTime"].(string)
	end, _ := time.Parse(time.RFC3339, text)
	return end.UTC().Truncate(time.Second)
}

// endOf is when it is to end: at an instant, or so long after it was first reckoned.
func endOf(parts roleParts) time.Time {
	switch schedule := *parts.schedule; {
	case schedule == nil:
	case schedule.End != nil:
		return schedule.End.UTC().Truncate(time.Second)
	case parts.period != nil && parts.period.End != nil:
		return parts.period.End.UTC().Truncate(time.Second)
	}
	return time.Time{}
}
