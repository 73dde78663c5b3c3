package faults_test

import (
	"slices"
	"sync"
	"time"
)

// step is something that a user, or the directory's administrator, does at an instant.
type step struct {
	at time.Duration
	do func(*world)
}

// flow is what users do, when nobody interferes. Whatever happens, each object that is left in the end must hold what it
// asks for, and each that was deleted must be gone with its grant: that need not be said again for each flow.
type flow struct {
	name  string
	steps []step
	// hands are who else may interfere, at any call; nobody may in any case.
	hands []string
	// both is set when there are two directories, and licensed when they have Privileged Identity Management.
	both, licensed bool
	// subject is the object that hands reach for; "a" if empty.
	subject string
	// slow is how long it takes after the last step when nothing goes wrong: until the next look at the directory, or at
	// what needed a person.
	slow time.Duration
}

// plan returns a flow of steps, with the hands that may interfere.
func plan(name string, hands []string, steps ...step) flow {
	return flow{name: name, hands: hands, steps: steps}
}

// inBoth has there be two directories.
func (f flow) inBoth() flow {
	f.both = true
	return f
}

// within gives the flow more time.
func (f flow) within(d time.Duration) flow {
	f.slow = d
	return f
}

// directories are those that the flow knows.
func (f flow) directories() []directory {
	if f.both {
		return directories()
	}
	return directories()[:1]
}

const (
	// personal is how often what needs a person is looked at, at the least.
	personal = 18 * time.Minute

	second = time.Second
	minute = time.Minute
)

// usual hands may act on any flow that has the object "a" and the user Alice; few is for those that take long.
func usual() []string { return []string{"delete", "edit", "remove", "regrant"} }
func few() []string   { return []string{"delete"} }

// flows are all there are.
var flows = sync.OnceValue(func() []flow {
	return slices.Concat(plainFlows(), nameFlows(), troubleFlows(), eligibilityFlows(), scheduleFlows(), groupFlows(), definitionFlows())
})

// plainFlows are what users do on a good day.
func plainFlows() []flow {
	return []flow{
		plan("create", append(usual(), "recreate"), step{0, apply("a")}),
		plan("create-delete", usual(), step{0, apply("a")}, step{30 * second, remove("a")}),
		plan("old-delete", usual(), step{0, apply("a")}, step{10 * minute, remove("a")}),
		plan("adopt", usual(), step{0, portalGrants(alice)}, step{minute, apply("a")}, step{2 * minute, remove("a")}),
		plan("refuse", usual(), step{0, portalGrants(alice)}, step{minute, apply("a", refuse)},
			step{2 * minute, remove("a")}),
		plan("refuse-free", usual(), step{0, apply("a", refuse)}, step{10 * minute, remove("a")}),
		plan("removed", usual(), step{0, apply("a")}, step{3 * minute, portalRemoves(alice)}).within(drift),
		plan("removed-delete", usual(), step{0, apply("a")}, step{3 * minute, portalRemoves(alice)},
			step{3 * minute, remove("a")}).within(drift),
		plan("restless", few(), step{0, apply("a")}, step{3 * minute, portalRemoves(alice)}, step{4 * minute, (*world).restart},
			step{7 * minute, (*world).restart}, step{10 * minute, (*world).restart}).within(drift),
		plan("regranted", usual(), step{0, apply("a")}, step{3 * minute, portalRegrants(alice)},
			step{4 * minute, remove("a")}).within(drift),
		plan("edit", usual(), step{0, apply("a")}, step{minute, edit}),
		plan("edit-delete", usual(), step{0, apply("a")}, step{minute, edit}, step{3 * minute, remove("a")}),
		plan("two", usual(), step{0, apply("a")}, step{second, apply("b")}, step{3 * minute, remove("a")}),
		plan("two-gone", usual(), step{0, apply("a")}, step{0, apply("b")}, step{30 * second, remove("a")},
			step{31 * second, remove("b")}),
		plan("granted-after", few(), step{0, apply("a")}, step{minute, remove("a")}, step{6 * minute, portalGrants(alice)}),
		plan("heir-late", few(), step{0, apply("a")}, step{second, apply("b")},
			step{6 * minute, portalRemoves(alice)}, step{6*minute + second, request},
			step{6*minute + 10*second, remove("a")}, step{6*minute + 20*second, remove("b")}).within(drift),
		plan("heir-edited", few(), step{0, apply("a")}, step{second, apply("b")}, step{3 * minute, remove("a")},
			step{3 * minute, alter("b", of(bob))}),
		plan("forged-id", []string{"edit", "remove", "regrant"}, step{0, portalGrants(bob)}, step{0, apply("a")},
			step{minute, (*world).restart}, step{80 * second, forgeID}, step{90 * second, remove("a")}),
		plan("rename", usual(), step{0, apply("a")}, step{3 * minute, apply("b")},
			step{3 * minute, remove("a")}).within(drift),
		plan("reborn", usual(), step{0, apply("a")}, step{minute, remove("a")}, step{minute + second, applyOnceGone("a")}),
		plan("reborn-at-once", few(), step{0, apply("a")}, step{minute, reborn("a")}, step{minute, remove("a")},
			step{5 * minute, remove("a")}),
		plan("reborn-other", few(), step{0, apply("a")}, step{minute, reborn("a", of(bob))}, step{minute, remove("a")},
			step{5 * minute, remove("a")}),
		plan("orphan", []string{"edit", "remove", "regrant"}, step{0, apply("a", orphaning)}, step{minute, remove("a")}),
		plan("mode", []string{"suspend", "observe", "suspend-resume"}, step{0, apply("a")},
			step{minute, edit}, step{6 * minute, remove("a")}).within(2 * drift),
		plan("observe", usual(), step{0, apply("a", observing)}, step{minute, set(enforcing)},
			step{2 * minute, set(suspended)}, step{3 * minute, remove("a")}).within(2 * drift),
		plan("namespace", []string{"edit", "remove", "regrant"}, step{0, apply("a")}, step{0, apply("b", of(bob))},
			step{minute, endNamespace}),
		plan("tenants", few(), step{0, apply("a")}, step{0, apply("c", inFabrikam)},
			step{minute, remove("c")}, step{2 * minute, remove("a")}).inBoth(),
		plan("move", few(), step{0, apply("a")}, step{minute, set(inFabrikam)},
			step{4 * minute, remove("a")}).inBoth(),
	}
}

// nameFlows name what they mean by names, or have what they mean go and come.
func nameFlows() []flow {
	return []flow{
		plan("name", usual(), step{0, apply("a", user(aliceUPN), role("Helpdesk Administrator"))},
			step{minute, remove("a")}),
		plan("unit", []string{"delete", "edit"}, step{0, apply("a", unit("Berlin"))}, step{minute, remove("a")}),
		plan("renamed", few(), step{0, apply("a", user(aliceUPN))}, step{3 * minute, rename(aliceUPN, bob)},
			step{4 * minute, portalRemoves(alice)}, step{12 * minute, remove("a")}).within(drift),
		plan("reused", few(), step{0, apply("a", user(aliceUPN))}, step{3 * minute, dismiss(alice)},
			step{3 * minute, rename(aliceUPN, bob)}, step{15 * minute, remove("a")}).within(drift),
		plan("dismissed", []string{"delete", "edit"}, step{0, apply("a")}, step{3 * minute, dismiss(alice)}).within(drift),
		plan("restored", []string{"delete", "edit"}, step{0, apply("a")},
			step{3 * minute, dismiss(alice)}, step{8 * minute, restore("alice", alice)}).within(personal),
		plan("unknown-name", few(), step{0, apply("a", user("dora@contoso.com"))}, step{minute, restore("dora", carol)}),
		plan("refused", few(), step{0, apply("a", of(plain))}, step{10 * minute, set(of(alice))}).within(personal),
		plan("paged", usual(), step{0, crowd}, step{0, apply("a")}, step{3 * minute, portalRemoves(alice)},
			step{9 * minute, remove("a")}).within(drift),
	}
}

// troubleFlows are those in which something is away for long.
func troubleFlows() []flow {
	return []flow{
		plan("unreachable", usual(), step{0, apply("a")}, step{minute, conditions(unreachable)},
			step{2 * minute, remove("a")}, step{6 * minute, conditions(fair)}),
		plan("unreachable-removed", few(), step{0, apply("a")}, step{minute, conditions(unreachable)},
			step{minute, portalRemoves(alice)}, step{15 * minute, conditions(fair)}).within(drift),
		plan("unreachable-create", usual(), step{0, conditions(unavailing)}, step{minute, apply("a")},
			step{7 * minute, conditions(fair)}),
		plan("flip", []string{"edit", "remove", "regrant"}, step{0, apply("a")}, step{3 * minute, conditions(unreachable)},
			step{4 * minute, remove("a")}, step{5 * minute, set(orphaning)}, step{5 * minute, set(revoking)},
			step{6 * minute, conditions(fair)}),
		plan("revoked", usual(), step{0, consent()}, step{0, apply("a")},
			step{10 * minute, consent(permissions()...)}).within(2 * personal),
		plan("revoked-delete", usual(), step{0, apply("a")}, step{minute, consent()},
			step{minute, (*world).restart}, step{90 * second, remove("a")},
			step{10 * minute, consent(permissions()...)}).within(2 * personal),
		plan("secret", usual(), step{0, apply("a")}, step{minute, secretIs("another")}, step{minute, (*world).restart},
			step{90 * second, remove("a")}, step{5 * minute, secretIs(secret)}),
		plan("disconnected", []string{"edit", "remove", "regrant"}, step{0, apply("a")},
			step{3 * minute, disconnect("contoso")}, step{4 * minute, remove("a")},
			step{10 * minute, connect("contoso")}),
		plan("closing", []string{"delete", "remove"}, step{0, apply("a")},
			step{minute, closeTenant("contoso")}, step{2 * minute, apply("b", of(bob))},
			step{3 * minute, remove("a")}, step{8 * minute, remove("b")}).within(drift),
		plan("expired", few(), step{0, apply("a")}, step{90 * minute, remove("a")}),
	}
}

func flowNamed(name string) (flow, bool) {
	all := flows()
	i := slices.IndexFunc(all, func(f flow) bool { return f.name == name })
	if i < 0 {
		return flow{}, false
	}
	return all[i], true
}
