package tenant

import (
	"errors"
	"slices"
	"strings"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
)

// need is something that the controller does in a directory, and the permissions of which any one is enough, the one to
// ask for first. They are Microsoft Graph's documented application permissions for the calls in internal/graph/msgraph.
type need struct {
	anyOf []string
	// vital is set when hardly anything works without it.
	vital bool
}

// needs is what the controller does in every directory.
func needs() []need {
	return []need{
		{vital: true, anyOf: []string{graph.PermissionRoleManagementRead, graph.PermissionRoleManagementWrite,
			"RoleManagement.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"}},
		{vital: true, anyOf: []string{graph.PermissionRoleManagementWrite}},
		{anyOf: []string{graph.PermissionUserRead, "User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}},
		{anyOf: []string{graph.PermissionGroupRead, "Group.ReadWrite.All", "GroupMember.Read.All", "GroupMember.ReadWrite.All",
			"Directory.Read.All", "Directory.ReadWrite.All"}},
		{anyOf: []string{graph.PermissionApplicationRead, "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}},
		{anyOf: []string{graph.PermissionAdministrativeUnitsRead, "AdministrativeUnit.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}},
	}
}

// compare says which of the granted permissions the controller uses, which it lacks, and which of those are vital.
func compare(granted []string, wanted []need) (permissions v1alpha1.TenantPermissions, vital []string) {
	for _, n := range wanted {
		used := false
		for _, permission := range n.anyOf {
			if slices.Contains(granted, permission) {
				permissions.Granted = append(permissions.Granted, permission)
				used = true
			}
		}
		if used {
			continue
		}
		permissions.Missing = append(permissions.Missing, n.anyOf[0])
		if n.vital {
			vital = append(vital, n.anyOf[0])
		}
	}
	// What lets the controller write lets it read, too.
	if slices.Contains(permissions.Missing, graph.PermissionRoleManagementWrite) {
		reads := func(permission string) bool { return permission == graph.PermissionRoleManagementRead }
		permissions.Missing, vital = slices.DeleteFunc(permissions.Missing, reads), slices.DeleteFunc(vital, reads)
	}
	slices.Sort(permissions.Granted)
	permissions.Granted = slices.Compact(permissions.Granted)
	slices.Sort(permissions.Missing)
	return permissions, vital
}

// state is what a Tenant says of itself.
type state struct {
	reason  v1alpha1.Reason
	message string
	// ready, stalled and, when neither, reconciling.
	ready, stalled bool
}

// missingError says what of a credential is missing, or cannot be used.
type missingError struct{ message string }

func (e missingError) Error() string { return e.message }

// stateOf says what an error means for the Tenant.
func stateOf(err error) state {
	if m, ok := errors.AsType[missingError](err); ok {
		return state{reason: v1alpha1.ReasonCredentialMissing, message: m.message, stalled: true}
	}
	e, ok := errors.AsType[*graph.Error](err)
	if !ok {
		return state{reason: v1alpha1.ReasonDirectoryUnavailable, message: err.Error()}
	}
	switch e.Class {
	case graph.Unauthenticated:
		return state{reason: v1alpha1.ReasonCredentialRejected, message: e.Error(), stalled: true}
	case graph.Denied:
		s := state{reason: v1alpha1.ReasonPermissionMissing, stalled: true, message: e.Error()}
		if e.Permission != "" {
			s.message += ": grant " + e.Permission + " and consent to it"
		}
		return s
	case graph.Throttled:
		return state{reason: v1alpha1.ReasonThrottled, message: "The directory asked to be left alone for a while"}
	}
	return state{reason: v1alpha1.ReasonDirectoryUnavailable, message: e.Error()}
}

// connectedState says how a Tenant does that answers.
func connectedState(permissions v1alpha1.TenantPermissions, vital []string) state {
	if len(vital) > 0 {
		return state{reason: v1alpha1.ReasonPermissionMissing, stalled: true,
			message: "The application lacks " + strings.Join(vital, " and ") + ": grant it as an application permission of Microsoft Graph and consent to it. It is looked for again every minute"}
	}
	message := "The directory answers"
	if len(permissions.Missing) > 0 {
		message += "; names cannot be looked up without " + strings.Join(permissions.Missing, ", ")
	}
	return state{ready: true, reason: v1alpha1.ReasonConnected, message: message}
}

// older tells whether a stands for the same directory as b and was there first.
func older(a, b *v1alpha1.Tenant) bool {
	if a.UID == b.UID || !sameDirectory(a, b) {
		return false
	}
	if a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.Name < b.Name
	}
	return a.CreationTimestamp.Before(&b.CreationTimestamp)
}

func sameDirectory(a, b *v1alpha1.Tenant) bool {
	return strings.EqualFold(string(a.Spec.TenantID), string(b.Spec.TenantID))
}
