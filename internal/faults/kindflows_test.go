package faults_test

import "github.com/rolewarden/rolewarden/internal/graphsim"

// The objects of the flows of the further kinds.
func anEligibility() string { return eligibility.id("e") }
func aGroup() string        { return group.id("g") }
func aMembership() string   { return membership.id("m") }
func aDefinition() string   { return definition.id("d") }

// about has the hands reach for another object than "a".
func (f flow) about(id string) flow {
	f.subject = id
	return f
}

// withPIM has the directories have Privileged Identity Management.
func (f flow) withPIM() flow {
	f.licensed = true
	return f
}

// eligibilityFlows are those of eligible assignments.
func eligibilityFlows() []flow {
	e := anEligibility()
	all := []flow{
		plan("eligible", handsOfKinds(), step{0, apply(e)}, step{30 * second, remove(e)}),
		plan("eligible-taken", few(), step{0, apply(e)}, step{3 * minute, takes(e)}).within(drift),
		plan("eligible-edited", few(), step{0, apply(e, until(60*minute))}, step{3 * minute, alter(e, until(120*minute))},
			step{5 * minute, alter(e, forGood)}, step{8 * minute, remove(e)}),
		plan("eligible-approved", few(), step{0, approval}, step{0, apply(e)}, step{3 * minute, decide(graphsim.DecisionApprove)},
			step{6 * minute, remove(e)}).within(drift),
		plan("eligible-denied", few(), step{0, approval}, step{0, apply(e)}, step{3 * minute, decide(graphsim.DecisionDeny)},
			step{30 * minute, ask(e)}, step{33 * minute, remove(e)}).within(drift),
		plan("eligible-undecided", []string{"approve"}, step{0, approval}, step{0, apply(e)}, step{3 * minute, remove(e)}).within(drift),
		plan("eligible-later", few(), step{0, apply(e, from(20*minute))}, step{3 * minute, remove(e)}),
		plan("eligible-begins", few(), step{0, apply(e, from(5*minute), until(60*minute))}, step{8 * minute, remove(e)}),
		plan("eligible-ends", few(), step{0, apply(e, lasting("PT10M"))}, step{15 * minute, remove(e)}).within(drift),
		plan("eligible-over", few(), step{0, apply(e, lasting("PT10M"))}, step{12 * minute, apply("a")}).within(2 * drift),
		plan("purged", few(), step{0, conditions(shortMemory)}, step{0, apply(e)}, step{20 * minute, remove(e)}),
		plan("five-minutes", few(), step{0, apply(e)}, step{3 * minute, activate(30 * minute)}, step{4 * minute, remove(e)}).within(2 * drift),
		plan("fallback", few(), step{0, newUnit}, step{0, apply(e, unit("Munich"))}, step{30 * minute, remove(e)}).within(personal),
		plan("fallback-beside", few(), step{0, newUnit}, step{0, made(e)}, step{0, apply(e, unit("Munich"))}, step{30 * minute, remove(e)}).within(personal),
		plan("eligible-adopted", few(), step{0, made(e)}, step{minute, apply(e)}, step{3 * minute, remove(e)}),
		plan("eligible-refused", few(), step{0, made(e)}, step{minute, apply(e, refuse)}, step{3 * minute, unmade(e)},
			step{30 * minute, remove(e)}).within(personal),
		plan("eligible-unit", few(), step{0, apply(e, unit("Berlin"))}, step{3 * minute, remove(e)}),
		plan("eligible-group", nil, step{0, apply(aGroup())}, step{0, apply(e, toGroup("g"))}, step{3 * minute, remove(aGroup())},
			step{5 * minute, remove(e)}),
		plan("licence", few(), step{0, apply(e)}, step{0, apply("a", of(bob))}, step{3 * minute, licences()}, step{5 * minute, remove(e)},
			step{6 * minute, remove("a")}, step{12 * minute, licences("P2")}).within(personal),
	}
	for i := range all {
		all[i] = all[i].withPIM().about(e)
	}
	return all
}

// scheduleFlows are those of active assignments that Privileged Identity Management makes, or that are in its way.
func scheduleFlows() []flow {
	all := []flow{
		plan("timed", few(), step{0, apply("a", until(120*minute))}, step{30 * second, remove("a")}).within(2 * drift),
		plan("timed-edited", few(), step{0, apply("a", until(60*minute))}, step{7 * minute, set(until(120 * minute))}).within(2 * drift),
		plan("timed-ends", few(), step{0, apply("a", lasting("PT10M"))}, step{15 * minute, remove("a")}).within(drift),
		plan("timed-switched", few(), step{0, apply("a", until(120*minute))}, step{7 * minute, set(forGood)},
			step{12 * minute, set(until(120 * minute))}, step{20 * minute, remove("a")}).within(2 * drift),
		plan("activated", few(), step{0, apply(anEligibility())}, step{2 * minute, activate(15 * minute)}, step{3 * minute, apply("a")},
			step{30 * minute, remove("a")}).within(2 * drift),
		plan("siblings", few(), step{0, apply(anEligibility())}, step{2 * minute, apply("a", from(0))},
			step{20 * minute, remove("a")}).within(2 * drift),
		plan("two-ways", few(), step{0, apply("a")}, step{minute, apply("t", until(120*minute))}, step{7 * minute, remove("a")}).within(2 * drift),
		plan("two-ways-back", few(), step{0, apply("a", until(120*minute))}, step{minute, apply("t")}, step{7 * minute, remove("a")}).within(2 * drift),
		plan("activated-after", few(), step{0, apply(anEligibility())}, step{0, apply("a")}, step{3 * minute, portalRemoves(alice)},
			step{3*minute + second, activate(15 * minute)}, step{30 * minute, remove("a")}).within(2 * drift),
	}
	for i := range all {
		all[i] = all[i].withPIM()
	}
	return all
}

// groupFlows are those of groups, and of what stands on them.
func groupFlows() []flow {
	g, m := aGroup(), aMembership()
	all := func(name string, steps ...step) flow {
		return plan(name, nil, append([]step{{0, apply(g)}, {0, apply("a", toGroup("g"))}, {0, apply(m)}}, steps...)...).about(g)
	}
	return []flow{
		plan("group", handsOfKinds(), step{0, apply(g)}, step{3 * minute, alter(g, otherwise)}, step{5 * minute, remove(g)}).about(g).within(personal),
		plan("group-delete", few(), step{0, apply(g)}, step{30 * second, remove(g)}).about(g),
		all("group-and-all", step{3 * minute, remove(g)}, step{3 * minute, remove("a")}, step{3 * minute, remove(m)}),
		all("group-waits", step{3 * minute, remove(g)}, step{5 * minute, remove("a")}, step{6 * minute, remove(m)}),
		all("group-stays", step{3 * minute, remove(g)}, step{3 * minute, remove(m)}),
		all("group-gone", step{3 * minute, takes(g)}).within(personal),
		all("group-restored", step{3 * minute, takes(g)}, step{8 * minute, restoreGroup}).within(2 * personal),
		plan("group-again", nil, step{0, apply(g)}, step{minute, remove(g)}, step{2 * minute, applyOnceGone(g)}).about(g).within(personal),
		plan("member", handsOfKinds(), step{0, apply(g)}, step{0, apply(m)}, step{3 * minute, remove(m)}).about(m).within(drift),
		plan("member-edited", few(), step{0, apply(g)}, step{0, apply(m)}, step{3 * minute, alter(m, otherwise)}).about(m),
		plan("member-unlisted", few(), step{0, apply(g)}, step{0, apply(m, robot)}, step{3 * minute, remove(m)}).about(m).within(drift),
		plan("group-of-another-type", nil, step{0, made(g)}, step{minute, apply(g, unified)}, step{6 * minute, remove(g)}).about(g).within(personal),
		plan("group-orphaned", nil, step{0, apply(g, orphaning)}, step{3 * minute, remove(g)}).about(g),
		all("namespace-of-kinds", step{0, apply(aDefinition())}, step{0, apply("b", defined("d"), of(bob))}, step{3 * minute, endNamespace}),
		plan("member-paged", few(), step{0, apply(g)}, step{0, apply(m)}, step{minute, throng}, step{3 * minute, takes(m)},
			step{9 * minute, remove(m)}).about(m).within(drift),
		plan("member-gone", few(), step{0, apply(g)}, step{0, apply(m, otherwise)}, step{3 * minute, dismiss(bob)}, step{12 * minute, remove(m)}).about(m).within(drift),
	}
}

// definitionFlows are those of custom roles.
func definitionFlows() []flow {
	d := aDefinition()
	return []flow{
		plan("definition", handsOfKinds(), step{0, apply(d)}, step{3 * minute, alter(d, otherwise)}, step{5 * minute, remove(d)}).about(d).within(drift),
		plan("definition-used", nil, step{0, apply(d)}, step{0, apply("a", defined("d"))}, step{3 * minute, alter(d, otherwise)},
			step{5 * minute, remove(d)}, step{8 * minute, remove("a")}).about(d),
	}
}

// handsOfKinds may act on a flow of a further kind.
func handsOfKinds() []string { return []string{"delete", "edit", "remove"} }
