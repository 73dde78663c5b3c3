package chaos

import (
	"context"
	"slices"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// Deed is something that a user does, or an administrator of the directory.
type Deed func(ctx context.Context, t *Trial) error

// Step is a deed, and what has to come about before the next.
type Step struct {
	Name string
	Do   Deed
	// Until says what has not come about yet; nil waits until all is as it should be.
	Until func(ctx context.Context, t *Trial) string
}

// Flow is what users do when nobody interferes.
type Flow struct {
	Name string
	// Steps that begin flows and have the same names are the same in all of them.
	Steps []Step
	// Hands are who else may interfere, at any call.
	Hands []Fault
	// Own has a trial play in a directory of its own; Unconnected leaves it to the steps to create the Tenant.
	Own, Unconnected bool
}

// Flows are all there are.
func Flows() []Flow {
	return slices.Concat(plainFlows(), sharingFlows(), modeFlows(), tenantFlows())
}

// FlowNamed returns the flow of that name.
func FlowNamed(name string) (Flow, bool) {
	all := Flows()
	i := slices.IndexFunc(all, func(f Flow) bool { return f.Name == name })
	if i < 0 {
		return Flow{}, false
	}
	return all[i], true
}

func steps(all ...Step) []Step { return all }

func doing(name string, do Deed) Step { return Step{Name: name, Do: do} }

// alice and bob are the places of a trial's principals.
const (
	alice = 0
	bob   = 1
)

func plainFlows() []Flow {
	apply, remove := doing("apply", apply("a")), doing("delete", remove("a"))
	grants := doing("portal grants", portalGrants(alice))
	usual := []Fault{HandDelete, HandEdit, HandRemove, HandRegrant}
	return []Flow{
		{Name: "create", Steps: steps(apply), Hands: append(usual, HandSuspend, HandObserve)},
		{Name: "create-delete", Steps: steps(apply, remove), Hands: usual[1:]},
		{Name: "delete-during", Steps: steps(Step{Name: "apply, see the ledger", Do: apply.Do, Until: ledgered}, remove)},
		{Name: "old-delete", Steps: steps(Step{Name: "apply, wait", Do: apply.Do, Until: aged}, remove)},
		{Name: "by-name", Steps: steps(doing("apply by name", applyWith("a", byName)), remove)},
		{Name: "adopt", Steps: steps(grants, apply, remove)},
		{Name: "refuse", Steps: steps(grants, doing("apply Refuse", applyWith("a", refuse)), remove), Hands: []Fault{HandRemove}},
		{Name: "refuse-free", Steps: steps(doing("apply Refuse", applyWith("a", refuse)), remove), Hands: []Fault{HandRegrant}},
		{Name: "removed", Steps: steps(apply, doing("portal removes", portalRemoves(alice)))},
		{Name: "removed-delete", Steps: steps(apply, doing("portal removes, delete", both(portalRemoves(alice), remove.Do)))},
		{Name: "regranted", Steps: steps(apply, doing("portal re-grants", portalRegrants(alice)), remove)},
		{Name: "edit", Steps: steps(apply, doing("edit", edit("a"))), Hands: []Fault{HandDelete, HandRegrant}},
		{Name: "edit-delete", Steps: steps(apply, doing("edit, delete", both(edit("a"), remove.Do)))},
		{Name: "reborn", Steps: steps(apply, remove, doing("apply again", apply.Do))},
		{Name: "orphan", Steps: steps(doing("apply Orphan", applyWith("a", orphan)), remove), Hands: []Fault{HandEdit, HandRemove}},
	}
}

func sharingFlows() []Flow {
	a, b := apply("a"), apply("b")
	return []Flow{
		{Name: "two", Steps: steps(doing("apply", a), doing("apply b", b), doing("delete a", remove("a")))},
		{Name: "two-gone", Steps: steps(doing("apply both", both(a, b)), doing("delete both", both(remove("a"), remove("b"))))},
		{Name: "rename", Steps: steps(doing("apply", a), doing("apply b, delete a", both(b, remove("a"))))},
	}
}

func modeFlows() []Flow {
	remove := doing("delete", remove("a"))
	return []Flow{
		{Name: "suspend", Steps: steps(doing("apply", apply("a")), doing("suspend", set("a", suspended)), remove)},
		{Name: "observe", Steps: steps(doing("apply Observe", applyWith("a", observing)), doing("enforce", set("a", enforcing)),
			doing("observe", set("a", observing)), remove)},
	}
}

func tenantFlows() []Flow {
	apply, remove := doing("apply", apply("a")), doing("delete", remove("a"))
	back := doing("back", comeBack)
	return []Flow{
		{Name: "connect", Own: true, Unconnected: true, Steps: steps(Step{Name: "connect", Do: connect, Until: connected}, apply, remove,
			Step{Name: "disconnect", Do: disconnect, Until: disconnected})},
		{Name: "unreachable", Own: true, Steps: steps(apply,
			Step{Name: "away, delete", Do: both(goAway, remove.Do), Until: says(v1alpha1.ReasonDirectoryUnavailable)}, back)},
		{Name: "unreachable-create", Own: true, Steps: steps(
			Step{Name: "away, apply", Do: both(goAway, apply.Do), Until: says(v1alpha1.ReasonDirectoryUnavailable)}, back)},
		{Name: "revoked-delete", Own: true, Steps: steps(apply,
			Step{Name: "consent withdrawn", Do: both(consent(), rotate), Until: rejected},
			Step{Name: "delete", Do: remove.Do, Until: says(v1alpha1.ReasonPermissionDenied)},
			doing("consent given", both(consent(permissions()...), rotate)))},
		{Name: "rotate", Own: true, Steps: steps(apply, Step{Name: "rotate", Do: rotate, Until: connected}, remove)},
	}
}
