package faults_test

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// cannotYet tells whether an object of any kind says truly what it waits for, or what came in between.
func (w *world) cannotYet(obj object, key grant, reason v1alpha1.Reason) bool {
	switch reason {
	case v1alpha1.ReasonLicenseRequired:
		return len(w.dir.Licences(key.tenant)) == 0
	case v1alpha1.ReasonMemberNotFound:
		return w.dismissed[key.principal]
	}
	stands := w.holds(key)
	if stands == nil {
		return w.isMissing(obj, key, reason) || w.lacks(obj, key, reason)
	}
	switch reason {
	case v1alpha1.ReasonPendingApproval:
		return stands.props["status"] == "PendingApproval"
	case v1alpha1.ReasonInvalidSpec:
		return !ours(*stands) && ofAnotherType(obj)
	}
	return w.lacks(obj, key, reason)
}

// isMissing tells whether an object says truly why nothing stands of what it asks for.
func (w *world) isMissing(obj object, key grant, reason v1alpha1.Reason) bool {
	switch reason {
	case v1alpha1.ReasonExpired:
		return w.over(obj)
	case v1alpha1.ReasonDenied, v1alpha1.ReasonFailed:
		_, declined := w.watch.declined[key]
		return declined
	case v1alpha1.ReasonActivated:
		return slices.ContainsFunc(w.standings(), func(a standing) bool { return a.activated && a.key == key })
	case v1alpha1.ReasonSoftDeleted:
		return len(w.dir.Records(key.tenant, "deletedItems")) > 0
	}
	return false
}

// lacks tells whether what an object refers to is not there.
func (w *world) lacks(obj object, key grant, reason v1alpha1.Reason) bool {
	switch reason {
	case v1alpha1.ReasonGroupNotReady:
		return !w.offered(group.id(referredGroup(obj)))
	case v1alpha1.ReasonRoleDefinitionNotReady:
		parts, ok := roleOf(obj)
		return ok && !w.offered(definition.id(parts.role.DefinitionRef.Name))
	case v1alpha1.ReasonGroupNotFound:
		return !w.isGroup(key.tenant, key.target)
	case v1alpha1.ReasonPrincipalGone, v1alpha1.ReasonPrincipalNotFound:
		return referredGroup(obj) != "" && !w.isGroup(key.tenant, key.principal)
	}
	return false
}

func referredGroup(obj object) string {
	if m, ok := obj.(*v1alpha1.GroupMembership); ok {
		return m.Spec.Group.Ref.Name
	}
	parts, _ := roleOf(obj)
	if parts.principal == nil {
		return ""
	}
	return parts.principal.GroupRef.Name
}

// offered tells whether others may refer to an object.
func (w *world) offered(id string) bool {
	obj := w.cluster.objects[id]
	return obj != nil && obj.GetDeletionTimestamp().IsZero() && saysReady(obj)
}

func (w *world) isGroup(tenantID, id string) bool {
	return slices.ContainsFunc(w.standings(), func(a standing) bool { return a.key.species == group && a.key.tenant == tenantID && a.id == id })
}

// over tells whether what an object asks for has had its time.
func (w *world) over(obj object) bool {
	parts, ok := roleOf(obj)
	if !ok {
		return false
	}
	end := endOf(parts)
	return !end.IsZero() && !w.clock.Now().Before(end)
}

// cannotGo tells whether an object that is being deleted says truly what keeps it.
func (w *world) cannotGo(obj object, reason v1alpha1.Reason) bool {
	switch reason {
	case v1alpha1.ReasonStillAssigned:
		return w.leansOn(ledgerOf(obj), idOf(obj)) != ""
	case v1alpha1.ReasonInvalidSpec: // what its ledger names is not what it can have made
		return w.deceivedEver(obj) && ofAnotherType(obj)
	}
	return false
}

// ofAnotherType tells whether an object asks for a group of a type that nobody else makes.
func ofAnotherType(obj object) bool {
	g, ok := obj.(*v1alpha1.Group)
	return ok && g.Spec.Type == v1alpha1.GroupTypeMicrosoft365
}

// deceivedEver tells whether the ledger of an object is one that a user wrote.
func (w *world) deceivedEver(obj object) bool {
	_, forged := w.watch.forged[ledgerOf(obj)]
	return forged
}

// leansOn names an object whose ledger names something that stands on what a key names.
func (w *world) leansOn(key grant, except string) string {
	a := w.holds(key)
	if a == nil || (key.species != group && key.species != definition) {
		return ""
	}
	for _, id := range w.cluster.ids() {
		ledger := ledgerOf(w.cluster.objects[id])
		switch {
		case id == except || ledger.tenant != key.tenant:
		case key.species == group && (ledger.principal == a.id || (ledger.species == membership && ledger.target == a.id)),
			key.species == definition && (ledger.species == assignment || ledger.species == eligibility) && ledger.target == a.id:
			return id
		}
	}
	return ""
}

// anonymous puts numbers in the place of the IDs that the directory makes up, which are others each time.
func anonymous(text string) string {
	known := []string{contoso, fabrikam, appID, appObj, alice, bob, carol, plain, berlin, munich, helpdesk, reader}
	numbers := map[string]string{}
	return regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).ReplaceAllStringFunc(text, func(id string) string {
		if slices.Contains(known, id) {
			return id
		}
		if numbers[id] == "" {
			numbers[id] = "id-" + strconv.Itoa(len(numbers)+1)
		}
		return numbers[id]
	})
}
