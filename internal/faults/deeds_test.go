package faults_test

import (
	"strconv"
	"time"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

type (
	deed = func(*world)
	wish = func(object)
)

// What can be asked for.
func refuse(obj object)    { obj.GetClaimSpec().Adoption = v1alpha1.AdoptionRefuse }
func orphaning(obj object) { obj.GetClaimSpec().DeletionPolicy = v1alpha1.DeletionPolicyOrphan }
func revoking(obj object)  { obj.GetClaimSpec().DeletionPolicy = v1alpha1.DeletionPolicyRevoke }
func observing(obj object) { obj.GetClaimSpec().Mode = v1alpha1.ModeObserve }
func enforcing(obj object) { obj.GetClaimSpec().Mode = v1alpha1.ModeEnforce }
func suspended(obj object) { obj.GetClaimSpec().Mode = v1alpha1.ModeSuspend }

// forRole is a wish of an object of a role.
func forRole(wish func(roleParts)) wish {
	return func(obj object) {
		if parts, ok := roleOf(obj); ok {
			wish(parts)
		}
	}
}

func of(principal v1alpha1.ObjectID) wish {
	return forRole(func(p roleParts) { *p.principal = v1alpha1.Principal{ID: principal} })
}

func user(name string) wish {
	return forRole(func(p roleParts) { *p.principal = v1alpha1.Principal{User: v1alpha1.UserPrincipalName(name)} })
}

func role(name v1alpha1.DisplayName) wish {
	return forRole(func(p roleParts) { *p.role = v1alpha1.Role{DisplayName: name} })
}

func unit(name v1alpha1.DisplayName) wish {
	return forRole(func(p roleParts) { p.scope.AdministrativeUnit = name })
}

func inFabrikam(obj object) {
	obj.GetClaimSpec().TenantRef.Name = "fabrikam"
	of(carol)(obj)
}

// apply makes an object, if there is none of that ID. One of a role asks for the role for Alice.
func apply(id string, wishes ...wish) deed {
	return func(w *world) {
		if w.cluster.objects[id] != nil {
			return
		}
		of, name := parseID(id)
		obj := of.empty()
		obj.SetName(name)
		spec := obj.GetClaimSpec()
		spec.TenantRef.Name = "contoso"
		spec.Adoption, spec.DeletionPolicy, spec.Mode = v1alpha1.AdoptionAdopt, v1alpha1.DeletionPolicyRevoke, v1alpha1.ModeEnforce
		usually(obj)
		for _, wish := range wishes {
			wish(obj)
		}
		w.cluster.create(obj)
	}
}

// applyOnceGone does so as soon as the object of that name has gone, as a GitOps tool would.
func applyOnceGone(name string) deed {
	return func(w *world) {
		if w.cluster.objects[name] != nil && len(w.trace) < maxCalls {
			w.after(time.Second, func() { applyOnceGone(name)(w) })
			return
		}
		apply(name)(w)
	}
}

// reborn does so in the instant in which it goes, so that whoever watches sees one change. Once.
func reborn(name string, wishes ...wish) deed {
	return func(w *world) { w.reborn[name] = wishes }
}

func remove(name string) deed { return func(w *world) { w.cluster.delete(name) } }

// set edits the spec of the object "a".
func set(wishes ...wish) deed { return alter("a", wishes...) }

// alter edits a spec.
func alter(name string, wishes ...wish) deed {
	return func(w *world) {
		w.cluster.update(name, func(obj object) {
			for _, wish := range wishes {
				wish(obj)
			}
		})
	}
}

// edit has the object "a" ask for Bob instead.
func edit(w *world) { set(of(bob))(w) }

func endNamespace(w *world) { w.cluster.end() }

// touch is a write of somebody whom the controller does not care about.
func (w *world) touch(name string) {
	w.cluster.update(name, func(obj object) {
		obj.SetLabels(map[string]string{"touched": strconv.Itoa(w.cluster.revision)})
	})
}

func portalGrants(principal string) deed {
	return func(w *world) {
		if w.holds(grantOf(principal)) == nil && !w.dismissed[principal] {
			_, err := w.dir.AddAssignment(contoso, principal, helpdesk, "/")
			w.must(err)
		}
	}
}

func portalRemoves(principal string) deed {
	return func(w *world) {
		if a := w.holds(grantOf(principal)); a != nil {
			w.must(w.dir.RemoveAssignment(contoso, a.id))
		}
	}
}

func portalRegrants(principal string) deed {
	return func(w *world) {
		portalRemoves(principal)(w)
		portalGrants(principal)(w)
	}
}

// crowd gives Alice another role, and this one in a unit, and has each list come a row at a time.
func crowd(w *world) {
	_, err := w.dir.AddAssignment(contoso, alice, reader, "/")
	w.must(err)
	_, err = w.dir.AddAssignment(contoso, alice, helpdesk, "/administrativeUnits/"+berlin)
	w.must(err)
	conditions(func(s *graphsim.Settings) { s.PageSize = 1 })(w)
}

// dismiss removes a user, and with it all that it was assigned.
func dismiss(id string) deed {
	return func(w *world) {
		w.must(w.dir.RemoveObject(contoso, id))
		w.dismissed[id] = true
		for name, meant := range w.people {
			if meant == id {
				delete(w.people, name)
			}
		}
	}
}

// restore brings a user back, or brings a new one.
func restore(name, id string) deed {
	return func(w *world) {
		upn := name + "@contoso.com"
		_, err := w.dir.AddObject(contoso, "users", map[string]any{"id": id, "displayName": name, "userPrincipalName": upn})
		w.must(err)
		delete(w.dismissed, id)
		w.people[upn] = id
	}
}

// rename gives a name to somebody else, taking it from whoever had it.
func rename(upn, to string) deed {
	return func(w *world) {
		if had, ok := w.people[upn]; ok {
			w.must(w.dir.UpdateObject(contoso, had, map[string]any{"userPrincipalName": "former." + upn}))
			w.people["former."+upn] = had
		}
		w.must(w.dir.UpdateObject(contoso, to, map[string]any{"userPrincipalName": upn}))
		w.people[upn] = to
	}
}

// The conditions that the directory can work under.
func unreachable(s *graphsim.Settings) { s.Outage = graphsim.OutageUnreachable }
func unavailing(s *graphsim.Settings)  { s.Outage = graphsim.OutageUnavailable }
func fair(s *graphsim.Settings)        { s.Outage = graphsim.OutageNone }

func conditions(change func(*graphsim.Settings)) deed {
	return func(w *world) {
		s := w.dir.Settings()
		change(&s)
		w.must(w.dir.SetSettings(s))
	}
}

// consent changes what the application's next token permits.
func consent(to ...string) deed {
	return func(w *world) { w.must(w.dir.SetAppPermissions(contoso, appID, to)) }
}

func secretIs(value string) deed {
	return func(w *world) { w.must(w.dir.SetAppSecret(contoso, appID, value)) }
}

// disconnect and connect are what the controller of Tenants does when a Tenant's credential goes, and comes back.
func disconnect(tenant string) deed {
	return func(w *world) {
		w.away[tenant] = true
		w.process.registry.Disconnect(tenant)
	}
}

func connect(tenant string) deed {
	return func(w *world) {
		delete(w.away, tenant)
		for _, d := range w.flow.directories() {
			if d.name == tenant {
				w.process.connect(d)
			}
		}
		for _, id := range w.cluster.ids() { // as the watch of the registry does
			w.process.hasten(id)
		}
	}
}

// closeTenant is what happens when a Tenant that is in use is deleted.
func closeTenant(tenant string) deed {
	return func(w *world) {
		w.closing[tenant] = true
		w.process.registry.Close(tenant)
	}
}
