package faults_test

import (
	"slices"
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
	// both is set when there are two directories.
	both bool
	// slow is how long it takes after the last step when nothing goes wrong: until the next look at the directory, or at
	// what needed a person.
	slow time.Duration
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
func flows() []flow {
	return slices.Concat(plainFlows(), nameFlows(), troubleFlows())
}

// plainFlows are what users do on a good day.
func plainFlows() []flow {
	return []flow{
		{name: "create", steps: []step{{0, apply("a")}}, hands: usual()},
		{name: "create-delete", steps: []step{{0, apply("a")}, {30 * second, remove("a")}}, hands: usual()},
		{name: "old-delete", steps: []step{{0, apply("a")}, {10 * minute, remove("a")}}, hands: usual()},
		{name: "adopt", steps: []step{{0, portalGrants(alice)}, {minute, apply("a")}, {2 * minute, remove("a")}}, hands: usual()},
		{name: "refuse", steps: []step{{0, portalGrants(alice)}, {minute, apply("a", refuse)}, {2 * minute, remove("a")}}, hands: usual()},
		{name: "refuse-free", steps: []step{{0, apply("a", refuse)}, {10 * minute, remove("a")}}, hands: usual()},
		{name: "removed", slow: drift, steps: []step{{0, apply("a")}, {3 * minute, portalRemoves(alice)}}, hands: usual()},
		{name: "removed-delete", slow: drift, steps: []step{{0, apply("a")}, {3 * minute, portalRemoves(alice)}, {3 * minute, remove("a")}}, hands: usual()},
		{name: "regranted", slow: drift, steps: []step{{0, apply("a")}, {3 * minute, portalRegrants(alice)}, {4 * minute, remove("a")}}, hands: usual()},
		{name: "edit", steps: []step{{0, apply("a")}, {minute, edit}}, hands: usual()},
		{name: "edit-delete", steps: []step{{0, apply("a")}, {minute, edit}, {3 * minute, remove("a")}}, hands: usual()},
		{name: "two", steps: []step{{0, apply("a")}, {second, apply("b")}, {3 * minute, remove("a")}}, hands: usual()},
		{name: "two-gone", steps: []step{{0, apply("a")}, {0, apply("b")}, {30 * second, remove("a")}, {31 * second, remove("b")}}, hands: usual()},
		{name: "granted-after", steps: []step{{0, apply("a")}, {minute, remove("a")}, {6 * minute, portalGrants(alice)}}, hands: few()},
		{name: "heir-late", slow: drift, steps: []step{{0, apply("a")}, {second, apply("b")}, {6 * minute, portalRemoves(alice)}, {6*minute + second, request},
			{6*minute + 10*second, remove("a")}, {6*minute + 20*second, remove("b")}}, hands: few()},
		{name: "heir-edited", steps: []step{{0, apply("a")}, {second, apply("b")}, {3 * minute, remove("a")}, {3 * minute, alter("b", of(bob))}}, hands: few()},
		{name: "forged-id", steps: []step{{0, portalGrants(bob)}, {0, apply("a")}, {minute, forgeID}, {minute, (*world).restart}, {90 * second, remove("a")}},
			hands: []string{"edit", "remove", "regrant"}},
		{name: "rename", slow: drift, steps: []step{{0, apply("a")}, {3 * minute, apply("b")}, {3 * minute, remove("a")}}, hands: usual()},
		{name: "reborn", steps: []step{{0, apply("a")}, {minute, remove("a")}, {minute + second, applyOnceGone("a")}}, hands: usual()},
		{name: "reborn-at-once", steps: []step{{0, apply("a")}, {minute, reborn("a")}, {minute, remove("a")}, {5 * minute, remove("a")}}, hands: few()},
		{name: "orphan", steps: []step{{0, apply("a", orphaning)}, {minute, remove("a")}}, hands: []string{"edit", "remove", "regrant"}},
		{name: "mode", slow: 2 * drift, steps: []step{{0, apply("a")}, {minute, edit}, {6 * minute, remove("a")}}, hands: []string{"suspend", "observe", "suspend-resume"}},
		{name: "observe", slow: 2 * drift, steps: []step{{0, apply("a", observing)}, {minute, set(enforcing)}, {2 * minute, set(suspended)},
			{3 * minute, remove("a")}}, hands: usual()},
		{name: "namespace", steps: []step{{0, apply("a")}, {0, apply("b", of(bob))}, {minute, endNamespace}}, hands: []string{"edit", "remove", "regrant"}},
		{name: "tenants", both: true, steps: []step{{0, apply("a")}, {0, apply("c", in("fabrikam"), of(carol))}, {minute, remove("c")},
			{2 * minute, remove("a")}}, hands: few()},
		{name: "move", both: true, steps: []step{{0, apply("a")}, {minute, set(in("fabrikam"), of(carol))}, {4 * minute, remove("a")}}, hands: few()},
	}
}

// nameFlows name what they mean by names, or have what they mean go and come.
func nameFlows() []flow {
	return []flow{
		{name: "name", steps: []step{{0, apply("a", user(aliceUPN), role("Helpdesk Administrator"))}, {minute, remove("a")}}, hands: usual()},
		{name: "unit", steps: []step{{0, apply("a", unit("Berlin"))}, {minute, remove("a")}}, hands: []string{"delete", "edit"}},
		{name: "renamed", slow: drift, steps: []step{{0, apply("a", user(aliceUPN))}, {3 * minute, rename(aliceUPN, bob)}, {4 * minute, portalRemoves(alice)},
			{12 * minute, remove("a")}}, hands: few()},
		{name: "reused", slow: drift, steps: []step{{0, apply("a", user(aliceUPN))}, {3 * minute, dismiss(alice)}, {3 * minute, rename(aliceUPN, bob)},
			{15 * minute, remove("a")}}, hands: few()},
		{name: "dismissed", slow: drift, steps: []step{{0, apply("a")}, {3 * minute, dismiss(alice)}}, hands: []string{"delete", "edit"}},
		{name: "restored", slow: personal, steps: []step{{0, apply("a")}, {3 * minute, dismiss(alice)}, {8 * minute, restore("alice", alice)}}, hands: []string{"delete", "edit"}},
		{name: "unknown-name", steps: []step{{0, apply("a", user("dora@contoso.com"))}, {minute, restore("dora", carol)}}, hands: few()},
		{name: "refused", slow: personal, steps: []step{{0, apply("a", of(plain))}, {10 * minute, set(of(alice))}}, hands: few()},
		{name: "paged", slow: drift, steps: []step{{0, crowd}, {0, apply("a")}, {3 * minute, portalRemoves(alice)}, {9 * minute, remove("a")}}, hands: usual()},
	}
}

// troubleFlows are those in which something is away for long.
func troubleFlows() []flow {
	return []flow{
		{name: "unreachable", steps: []step{{0, apply("a")}, {minute, conditions(unreachable)}, {2 * minute, remove("a")},
			{12 * minute, conditions(fair)}}, hands: usual()},
		{name: "unreachable-removed", slow: drift, steps: []step{{0, apply("a")}, {minute, conditions(unreachable)}, {minute, portalRemoves(alice)},
			{15 * minute, conditions(fair)}}, hands: few()},
		{name: "unreachable-create", steps: []step{{0, conditions(unavailing)}, {minute, apply("a")}, {7 * minute, conditions(fair)}}, hands: usual()},
		{name: "flip", steps: []step{{0, apply("a")}, {3 * minute, conditions(unreachable)}, {4 * minute, remove("a")}, {5 * minute, set(orphaning)},
			{5 * minute, set(revoking)}, {6 * minute, conditions(fair)}}, hands: []string{"edit", "remove", "regrant"}},
		{name: "revoked", slow: 2 * personal, steps: []step{{0, consent()}, {0, apply("a")}, {10 * minute, consent(permissions()...)}}, hands: usual()},
		{name: "revoked-delete", slow: 2 * personal, steps: []step{{0, apply("a")}, {minute, consent()}, {minute, (*world).restart}, {90 * second, remove("a")},
			{10 * minute, consent(permissions()...)}}, hands: usual()},
		{name: "secret", steps: []step{{0, apply("a")}, {minute, secretIs("another")}, {minute, (*world).restart}, {90 * second, remove("a")},
			{10 * minute, secretIs(secret)}}, hands: usual()},
		{name: "disconnected", steps: []step{{0, apply("a")}, {3 * minute, disconnect("contoso")}, {4 * minute, remove("a")},
			{10 * minute, connect("contoso")}}, hands: []string{"edit", "remove", "regrant"}},
		{name: "closing", slow: drift, steps: []step{{0, apply("a")}, {minute, closeTenant("contoso")}, {2 * minute, apply("b", of(bob))}, {3 * minute, remove("a")},
			{8 * minute, remove("b")}}, hands: []string{"delete", "remove"}},
		{name: "expired", steps: []step{{0, apply("a")}, {90 * minute, remove("a")}}, hands: few()},
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
