package faults_test

import (
	"cmp"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// usually has an object ask for what most do.
func usually(obj object) {
	switch o := obj.(type) {
	case *v1alpha1.Group:
		o.Spec.DisplayName = "Staff"
	case *v1alpha1.GroupMembership:
		o.Spec.Group.Ref.Name, o.Spec.Member.ID = "g", alice
	case *v1alpha1.RoleDefinition:
		o.Spec.DisplayName, o.Spec.AllowedResourceActions = "Readers", []v1alpha1.ResourceAction{"microsoft.directory/applications/standard/read"}
	default:
		forRole(func(p roleParts) { p.principal.ID, p.role.ID = alice, helpdesk })(obj)
	}
}

// unified has a group be one of Microsoft 365, which the directory cannot make of another.
func unified(obj object) {
	if g, ok := obj.(*v1alpha1.Group); ok {
		g.Spec.Type = v1alpha1.GroupTypeMicrosoft365
	}
}

// otherwise has it ask for something else.
func otherwise(obj object) {
	switch o := obj.(type) {
	case *v1alpha1.Group:
		o.Spec.DisplayName = "All staff"
	case *v1alpha1.GroupMembership:
		o.Spec.Member.ID = bob
	case *v1alpha1.RoleDefinition:
		o.Spec.DisplayName = "All readers"
	default:
		of(bob)(obj)
	}
}

// robot has a membership be of the controller's own service principal, the one there is.
func robot(obj object) {
	if m, ok := obj.(*v1alpha1.GroupMembership); ok {
		m.Spec.Member = v1alpha1.Member{ID: appObj}
	}
}

// until has a grant end so long after the beginning of the world, lasting so long after it was granted, and later begin so
// long after the beginning. forGood takes all of that back.
func until(d time.Duration) wish {
	return scheduled(func(s *v1alpha1.Schedule) { s.End, s.Duration = ptr.To(metav1.NewTime(dawn().Add(d))), "" })
}

func lasting(d v1alpha1.Duration) wish {
	return scheduled(func(s *v1alpha1.Schedule) { s.Duration = d })
}

func from(d time.Duration) wish {
	return scheduled(func(s *v1alpha1.Schedule) { s.Start = ptr.To(metav1.NewTime(dawn().Add(d))) })
}

func scheduled(change func(*v1alpha1.Schedule)) wish {
	return forRole(func(p roleParts) {
		s := v1alpha1.Schedule{}
		if *p.schedule != nil {
			s = **p.schedule
		}
		change(&s)
		*p.schedule = &s
	})
}

func forGood(obj object) { forRole(func(p roleParts) { *p.schedule = nil })(obj) }

func toGroup(name string) wish {
	return forRole(func(p roleParts) { *p.principal = v1alpha1.Principal{GroupRef: v1alpha1.ObjectReference{Name: name}} })
}

func defined(by string) wish {
	return forRole(func(p roleParts) { *p.role = v1alpha1.Role{DefinitionRef: v1alpha1.ObjectReference{Name: by}} })
}

// approval has requests wait for somebody to decide.
func approval(w *world) {
	rules := graphsim.PolicyRules{Approval: true}
	w.must(w.dir.SetPolicy(contoso, "", graphsim.Policy{Eligibility: rules, Assignment: rules}))
}

// decide ends the waiting of all requests.
func decide(decision string) deed {
	return func(w *world) {
		for _, a := range w.standings() {
			if a.props["status"] != "PendingApproval" {
				continue
			}
			w.must(w.dir.DecideRequest(contoso, a.id, decision))
			if decision != graphsim.DecisionApprove {
				w.watch.declined[a.key] = w.clock.Now()
			}
		}
	}
}

// ask has an object looked at anew, whatever was said of it.
func ask(id string) deed {
	return func(w *world) {
		w.cluster.update(id, func(obj object) {
			obj.SetAnnotations(map[string]string{v1alpha1.ReconcileRequestAnnotation: w.clock.Now().String()})
		})
	}
}

// activate has Alice make use of an eligibility.
func activate(d time.Duration) deed {
	return func(w *world) {
		if _, err := w.dir.Activate(contoso, alice, helpdesk, "/", d); err != nil {
			w.tell("not activated:", err.Error()) // it was not there yet
		}
	}
}

func licences(of ...string) deed {
	return func(w *world) { w.must(w.dir.SetLicences(contoso, of...)) }
}

// newUnit makes an administrative unit that requests for it do not reach for some minutes.
func newUnit(w *world) {
	conditions(func(s *graphsim.Settings) { s.UnitFallback = 5 * minute })(w)
	_, err := w.dir.AddObject(contoso, "administrativeUnits", map[string]any{"id": munich, "displayName": "Munich"})
	w.must(err)
}

// shortMemory has the directory forget requests soon.
func shortMemory(s *graphsim.Settings) { s.RequestRetention = 10 * minute }

// portalMakes has a person make what a key names, unless it is there.
func (w *world) portalMakes(key grant) {
	if w.holds(key) != nil || w.dismissed[key.principal] {
		return
	}
	var err error
	switch key.species {
	case group:
		_, err = w.dir.AddObject(key.tenant, "groups", map[string]any{
			"displayName": key.target, "uniqueName": key.target, "mailNickname": key.target, "isAssignableToRole": true, "securityEnabled": true,
		})
	case membership:
		err = w.dir.AddMember(key.tenant, key.target, key.principal)
	case definition:
		_, err = w.dir.AddObject(key.tenant, "roleDefinitions", map[string]any{"id": key.target, "displayName": "Another", "isEnabled": true})
	case eligibility:
		err = w.requests(key, "adminAssign")
	default:
		_, err = w.dir.AddAssignment(key.tenant, key.principal, key.target, key.scope)
	}
	w.attempted(err)
}

// portalTakes has a person take away what stands under a key, if the directory lets them.
func (w *world) portalTakes(key grant) {
	a := w.holds(key)
	if a == nil {
		return
	}
	var err error
	switch {
	case key.species == group || key.species == definition:
		err = w.dir.RemoveObject(key.tenant, a.id)
	case key.species == membership:
		err = w.dir.RemoveMember(key.tenant, key.target, key.principal)
	case a.props != nil:
		err = w.requests(key, "adminRemove")
	default:
		err = w.dir.RemoveAssignment(key.tenant, a.id)
	}
	w.attempted(err)
}

// requests asks Privileged Identity Management for something as a person.
func (w *world) requests(key grant, action string) error {
	collection := "roleEligibilityScheduleRequests"
	if key.species == assignment {
		collection = "roleAssignmentScheduleRequests"
	}
	_, err := w.dir.SubmitRequest(key.tenant, collection, map[string]any{
		"action": action, "principalId": key.principal, "roleDefinitionId": key.target, "directoryScopeId": key.scope, "justification": "Somebody asked for it",
		"scheduleInfo": map[string]any{"startDateTime": w.clock.Now().Format(time.RFC3339), "expiration": map[string]any{"type": "noExpiration"}},
	})
	return err
}

// attempted notes that a person was refused something.
func (w *world) attempted(err error) {
	if err != nil {
		w.tell("a person was refused:", err.Error())
	}
}

// takes has a person take away what an object stands for, or asks for.
func takes(id string) deed {
	return func(w *world) {
		obj := w.cluster.objects[id]
		switch {
		case obj == nil:
		case holdsLedger(obj):
			w.portalTakes(ledgerOf(obj))
		default:
			w.portalTakes(w.asks(obj))
		}
	}
}

// made and unmade have a person make, and take away, what an object that asks for the usual would stand for.
func made(id string) deed   { return func(w *world) { w.portalMakes(w.usualKey(id)) } }
func unmade(id string) deed { return func(w *world) { w.portalTakes(w.usualKey(id)) } }

func (w *world) usualKey(id string) grant {
	of, name := parseID(id)
	obj := of.empty()
	obj.SetName(name)
	obj.SetNamespace("team")
	obj.GetClaimSpec().TenantRef.Name = "contoso"
	usually(obj)
	return w.asks(obj)
}

// throng has others join the groups, and lists come one row at a time.
func throng(w *world) {
	for _, a := range w.standings() {
		if a.key.species == group {
			w.attempted(w.dir.AddMember(contoso, a.id, bob))
		}
	}
	conditions(func(s *graphsim.Settings) { s.PageSize = 1 })(w)
}

// restoreGroup has a person bring back what was deleted last.
func restoreGroup(w *world) {
	for _, r := range w.dir.Records(contoso, "deletedItems") {
		w.attempted(w.dir.RestoreObject(contoso, r.ID))
	}
}

// victim is what somebody who forges a ledger has it name, and lets a person make.
func (w *world) victim(obj object) grant {
	switch s, _ := speciesOf(obj); s {
	case eligibility:
		key := grantOf(bob)
		key.species = eligibility
		return key
	case group:
		return grant{species: group, tenant: contoso, target: "victim"}
	case membership:
		return grant{species: membership, tenant: contoso, target: cmp.Or(w.asks(obj).target, plain), principal: bob}
	case definition:
		return grant{species: definition, tenant: contoso, target: reader[:35] + "0"}
	}
	return grantOf(bob)
}
