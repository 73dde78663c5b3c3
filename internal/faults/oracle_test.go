package faults_test

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// What is so, as somebody knows it who sees the cluster and the directories from above.

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func ours(a graphsim.AssignmentRecord) bool {
	return a.Provenance.Source == graphsim.SourceCall && a.Provenance.AppID == appID
}

// asks is the key that a spec means, with no principal while nobody has the name in it.
func (w *world) asks(obj *object) grant {
	if pin, ok := w.watch.pins[obj.UID]; ok && pin.spec == identityOf(obj) {
		return pin.key
	}
	key := grantOf("", string(obj.Spec.Principal.ID))
	if t := w.tenants[obj.Spec.TenantRef.Name]; t != nil {
		key.TenantID = t.Spec.TenantID
	}
	if obj.Spec.Principal.User != "" {
		key.PrincipalID = v1alpha1.ObjectID(w.people[string(obj.Spec.Principal.User)])
	}
	if obj.Spec.Scope.AdministrativeUnit != "" {
		key.DirectoryScopeID = "/administrativeUnits/" + berlin
	}
	return key
}

// identity is what of a spec names the grant.
type identity struct {
	tenant    v1alpha1.TenantReference
	principal v1alpha1.Principal
	role      v1alpha1.Role
	scope     v1alpha1.Scope
}

func identityOf(obj *object) identity {
	return identity{obj.Spec.TenantRef, obj.Spec.Principal, obj.Spec.Role, obj.Spec.Scope}
}

func guarded(obj *object) bool {
	return controllerutil.ContainsFinalizer(obj, v1alpha1.RevokeFinalizer)
}

func saysReady(obj *object) bool {
	return meta.IsStatusConditionTrue(obj.Status.Conditions, v1alpha1.ConditionReady) &&
		ptr.Deref(obj.Status.ObservedGeneration, -1) == obj.Generation
}

// named tells whether the ledger of a live object with its finalizer names the key.
func (w *world) named(key grant) bool {
	for _, obj := range w.cluster.objects {
		if guarded(obj) && obj.Status.Grant == key {
			return true
		}
	}
	return false
}

// holder names a live object, other than one, that holds the key and goes on doing so.
func (w *world) holder(key grant, except string) string {
	for _, name := range w.cluster.names() {
		obj := w.cluster.objects[name]
		if name != except && w.holdsOn(obj, key) {
			return name
		}
	}
	return ""
}

// holdsOn tells whether an object holds the key and goes on doing so.
func (w *world) holdsOn(obj *object, key grant) bool {
	return obj.DeletionTimestamp.IsZero() && guarded(obj) && obj.Status.Grant == key && w.asks(obj) == key
}

// leavesBehind tells whether an object goes, and its grant is to stay.
func leavesBehind(obj *object) bool {
	return !obj.DeletionTimestamp.IsZero() && obj.Spec.DeletionPolicy == v1alpha1.DeletionPolicyOrphan
}

// standing is an assignment and its key.
type standing struct {
	key grant
	graphsim.AssignmentRecord
}

// standings are all assignments in all directories.
func (w *world) standings() []standing {
	var all []standing
	for _, d := range w.flow.directories() {
		for _, a := range w.dir.Assignments(d.id) {
			all = append(all, standing{row{a.PrincipalID, a.RoleDefinitionID, a.DirectoryScopeID}.grant(d.id), a})
		}
	}
	return all
}

// holds returns the assignment that truly stands under a key.
func (w *world) holds(key grant) *graphsim.AssignmentRecord {
	for _, a := range w.dir.Assignments(string(key.TenantID)) {
		if (row{a.PrincipalID, a.RoleDefinitionID, a.DirectoryScopeID}).grant(string(key.TenantID)) == key {
			return &a
		}
	}
	return nil
}

// who is a key's name in a history.
func who(key grant) string {
	name := map[v1alpha1.ObjectID]string{alice: "alice", bob: "bob", carol: "carol", plain: "plain", "": "nobody"}[key.PrincipalID]
	if name == "" {
		return key.String()
	}
	if key.TenantID == fabrikam {
		name += "@fabrikam"
	}
	if key.DirectoryScopeID != "/" {
		name += key.DirectoryScopeID[:min(len(key.DirectoryScopeID), 26)]
	}
	return name
}

// describe puts a revision in words.
func (w *world) describe(obj *object) string {
	if obj == nil {
		return "is gone"
	}
	var b strings.Builder
	b.WriteString("rv=" + obj.ResourceVersion + " asks=" + who(w.asks(obj)))
	if guarded(obj) {
		b.WriteString(" finalizer")
	}
	if !obj.DeletionTimestamp.IsZero() {
		b.WriteString(" deleting")
	}
	if key := obj.GetGrant(); key != nil {
		b.WriteString(" ledger=" + who(*key))
	}
	for _, c := range obj.Status.Conditions {
		b.WriteString(" " + c.Type + "=" + string(c.Status) + "/" + c.Reason)
	}
	return b.String()
}
