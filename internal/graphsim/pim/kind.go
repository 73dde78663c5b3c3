package pim

import (
	"strings"

	"github.com/rolewarden/rolewarden/internal/graphsim/assignmentid"
	"github.com/rolewarden/rolewarden/internal/graphsim/store"
)

// Kind is one of the two things that can be asked for.
type Kind struct {
	// Requests, Schedules and Instances are the names of its sets.
	Requests, Schedules, Instances string
	// Eligible: the role can be activated; otherwise it is active.
	Eligible bool
}

// Eligibility is a role that its principal can activate.
func Eligibility() Kind { return kind("Eligibility") }

// Assignment is a role that is active.
func Assignment() Kind { return kind("Assignment") }

func kind(name string) Kind {
	prefix := "role" + name + "Schedule"
	return Kind{Requests: prefix + "Requests", Schedules: prefix + "s", Instances: prefix + "Instances", Eligible: name == "Eligibility"}
}

// KindOf finds the kind that a set belongs to by its name.
func KindOf(set string) (Kind, bool) {
	for _, k := range []Kind{Eligibility(), Assignment()} {
		if set == k.Requests || set == k.Schedules || set == k.Instances {
			return k, true
		}
	}
	return Kind{}, false
}

// Triple is who holds what over what, which names a schedule as long as it stands.
type Triple struct{ PrincipalID, RoleID, Scope string }

func tripleOf(p store.Props) Triple {
	return Triple{p.String("principalId"), p.String("roleDefinitionId"), p.String("directoryScopeId")}
}

func (r Triple) props() store.Props {
	return store.Props{"principalId": r.PrincipalID, "roleDefinitionId": r.RoleID, "directoryScopeId": r.Scope}
}

// over reports whether the scope is an object, or the members of it.
func (r Triple) over(objectID string) bool { return strings.HasSuffix(r.Scope, "/"+objectID) }

// assignmentID is the ID that the triple has among the role assignments; callers have made sure that all are GUIDs.
func (r Triple) assignmentID() string {
	id, err := assignmentid.Of(r.RoleID, r.PrincipalID, r.Scope)
	if err != nil {
		return ""
	}
	return id
}

// InstanceID is the ID of the instance of an eligibility.
func InstanceID(schedule store.Props) string { return tripleOf(schedule).assignmentID() + "-e" }

// find returns the schedule of a triple that stands.
func find(v store.View, k Kind, r Triple) (store.Item, bool) {
	for _, item := range v.Find(k.Schedules, "principalId", r.PrincipalID) {
		if tripleOf(item.Props) == r {
			return item, true
		}
	}
	return store.Item{}, false
}

// with is a copy of some properties with others changed.
func with(props store.Props, changes store.Props) store.Props {
	out := store.Props{}
	for _, from := range []store.Props{props, changes} {
		for name, value := range from {
			out[name] = value
		}
	}
	return out
}
