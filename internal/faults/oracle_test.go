package faults_test

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	claims "github.com/rolewarden/rolewarden/internal/claim"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// What is so, as somebody knows it who sees the cluster and the directories from above.

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func ours(a standing) bool {
	return a.made.Source == graphsim.SourceCall && a.made.AppID == appID
}

// asks is the key that a spec means, with no principal while nobody has the name in it.
func (w *world) asks(obj object) grant {
	if pin, ok := w.watch.pins[obj.GetUID()]; ok && pin.spec == identityOf(obj) {
		return pin.key
	}
	s, _ := speciesOf(obj)
	key := grant{species: s}
	if t := w.tenants[obj.GetClaimSpec().TenantRef.Name]; t != nil {
		key.tenant = string(t.Spec.TenantID)
	}
	switch o := obj.(type) {
	case *v1alpha1.Group:
		key.target = o.UniqueName()
	case *v1alpha1.RoleDefinition:
		key.target = claims.DefinitionID(key.tenant, client.ObjectKeyFromObject(o))
	case *v1alpha1.GroupMembership:
		key.target, key.principal = w.groupOf(key.tenant, o.Spec.Group), w.personOf(string(o.Spec.Member.ID), o.Spec.Member.User)
	default:
		w.asksRole(obj, &key)
	}
	return key
}

// asksRole fills in what an object of a role means.
func (w *world) asksRole(obj object, key *grant) {
	parts, _ := roleOf(obj)
	key.target, key.scope = helpdesk, "/"
	if ref := parts.role.DefinitionRef.Name; ref != "" {
		key.target = claims.DefinitionID(key.tenant, client.ObjectKey{Namespace: obj.GetNamespace(), Name: ref})
	}
	if ref := parts.principal.GroupRef; ref.Name != "" {
		key.principal = w.groupOf(key.tenant, v1alpha1.MembershipGroup{Ref: ref})
	} else {
		key.principal = w.personOf(string(parts.principal.ID), parts.principal.User)
	}
	if unit := parts.scope.AdministrativeUnit; unit != "" {
		key.scope = "/administrativeUnits/" + map[v1alpha1.DisplayName]string{"Berlin": berlin, "Munich": munich}[unit]
	}
}

// personOf is who an ID or a name means.
func (w *world) personOf(id string, name v1alpha1.UserPrincipalName) string {
	if name != "" {
		return w.people[string(name)]
	}
	return id
}

// groupOf is the ID of the group that is meant, nothing while there is none.
func (w *world) groupOf(tenantID string, g v1alpha1.MembershipGroup) string {
	if g.Ref.Name == "" {
		return string(g.ID)
	}
	if obj, ok := w.seenIn(group.id(g.Ref.Name)).(*v1alpha1.Group); ok {
		if a := w.holds(grant{species: group, tenant: tenantID, target: obj.UniqueName()}); a != nil {
			return a.id
		}
	}
	return ""
}

// seenIn returns an object as it is or, where something is judged that was decided a moment ago, as it was then.
func (w *world) seenIn(id string) object {
	if obj := w.cluster.objects[id]; obj != nil || w.writer == nil {
		return obj
	}
	revision := w.writer.passBegan
	if w.writer.thaw.After(w.writer.passAt) {
		revision = min(revision, w.writer.frozen)
	}
	return w.cluster.past(id, revision)
}

// identity is what of a spec names the grant.
type identity struct {
	tenant    v1alpha1.TenantReference
	principal v1alpha1.Principal
	role      v1alpha1.Role
	scope     v1alpha1.Scope
	scheduled bool
	group     v1alpha1.MembershipGroup
	member    v1alpha1.Member
	name      string
}

func identityOf(obj object) identity {
	id := identity{tenant: obj.GetClaimSpec().TenantRef}
	switch o := obj.(type) {
	case *v1alpha1.RoleAssignment:
		id.principal, id.role, id.scope, id.scheduled = o.Spec.Principal, o.Spec.Role, o.Spec.Scope, o.Spec.Schedule != nil
	case *v1alpha1.RoleEligibility:
		id.principal, id.role, id.scope = o.Spec.Principal, o.Spec.Role, o.Spec.Scope
	case *v1alpha1.GroupMembership:
		id.group, id.member = o.Spec.Group, o.Spec.Member
	case *v1alpha1.Group:
		id.name = o.UniqueName()
	}
	return id
}

func guarded(obj object) bool {
	return controllerutil.ContainsFinalizer(obj, v1alpha1.RevokeFinalizer)
}

func saysReady(obj object) bool {
	s := obj.GetClaimStatus()
	return meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionReady) && ptr.Deref(s.ObservedGeneration, -1) == obj.GetGeneration()
}

// named tells whether the ledger of a live object with its finalizer names the key.
func (w *world) named(key grant) bool {
	for _, obj := range w.cluster.objects {
		if guarded(obj) && ledgerOf(obj) == key {
			return true
		}
	}
	return false
}

// holder names a live object, other than one, that holds the key and goes on doing so.
func (w *world) holder(key grant, except string) string {
	for _, name := range w.cluster.ids() {
		obj := w.cluster.objects[name]
		if name != except && w.holdsOn(obj, key) {
			return name
		}
	}
	return ""
}

// holdsOn tells whether an object holds the key and goes on doing so.
func (w *world) holdsOn(obj object, key grant) bool {
	return obj.GetDeletionTimestamp().IsZero() && guarded(obj) && ledgerOf(obj) == key && w.asks(obj) == key && !switches(obj)
}

// switches tells whether an object holds its grant by another way than it asks for: through Privileged Identity Management, or
// not. That is a replacement, though it is one thing in the directory.
func switches(obj object) bool {
	a, ok := obj.(*v1alpha1.RoleAssignment)
	return ok && a.Status.Grant.Scheduled() != (a.Spec.Schedule != nil)
}

// leavesBehind tells whether an object goes, and its grant is to stay.
func leavesBehind(obj object) bool {
	return !obj.GetDeletionTimestamp().IsZero() && obj.GetClaimSpec().DeletionPolicy == v1alpha1.DeletionPolicyOrphan
}

// who is a key's name in a history.
func (w *world) who(key grant) string {
	name := map[string]string{alice: "alice", bob: "bob", carol: "carol", plain: "plain", "": "nobody"}[key.principal]
	switch key.species {
	case group:
		return "group " + key.target
	case definition:
		return "definition " + key.target
	case membership:
		return name + " in " + w.groupNames[key.target]
	}
	if name == "" {
		if name = w.groupNames[key.principal]; name == "" {
			return key.String()
		}
	}
	if key.tenant == fabrikam {
		name += "@fabrikam"
	}
	if key.scope != "/" {
		name += key.scope[:min(len(key.scope), 26)]
	}
	return key.how() + name
}

// how tells a role that is not active.
func (g grant) how() string {
	if g.species == eligibility {
		return "eligible "
	}
	return ""
}

// describe puts a revision in words.
func (w *world) describe(obj object) string {
	if obj == nil {
		return "is gone"
	}
	var b strings.Builder
	b.WriteString("rv=" + obj.GetResourceVersion() + " asks=" + w.who(w.asks(obj)))
	if guarded(obj) {
		b.WriteString(" finalizer")
	}
	if !obj.GetDeletionTimestamp().IsZero() {
		b.WriteString(" deleting")
	}
	if holdsLedger(obj) {
		b.WriteString(" ledger=" + w.who(ledgerOf(obj)))
	}
	for _, c := range obj.GetClaimStatus().Conditions {
		b.WriteString(" " + c.Type + "=" + string(c.Status) + "/" + c.Reason)
	}
	return b.String()
}
