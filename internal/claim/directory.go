package claim

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
	"github.com/rolewarden/rolewarden/internal/tenant"
)

// Directory is one directory and what names in a spec mean there. A kind's way into a directory embeds it.
type Directory struct {
	*tenant.Connection

	// Window is the propagation window.
	Window time.Duration

	tenants *tenant.Registry
	// reader reads from the cache, live from the API server.
	reader, live client.Reader
}

// Tenant implements lifecycle.External.
func (d Directory) Tenant() client.Object { return d.Object() }

// Open tells whether anything new may be granted in the directory; a *lifecycle.Problem says why not.
func (d Directory) Open() error {
	if err := d.tenants.Open(d.Connection); err != nil {
		return explainTenant(err)
	}
	return nil
}

// explainTenant says what it means for an object that it has no directory to be granted in.
func explainTenant(err error) error {
	e, ok := errors.AsType[*tenant.ChoiceError](err)
	if !ok {
		return err
	}
	return &lifecycle.Problem{Reason: e.Reason, Message: e.Message, Stalled: e.Final, Unreachable: e.Exists}
}

// Assignment resolves what an assignment of a role names, for an object of that namespace.
func (d Directory) Assignment(ctx context.Context, namespace string, p v1alpha1.Principal, r v1alpha1.Role, s v1alpha1.Scope) (graph.AssignmentKey, error) {
	var key graph.AssignmentKey
	var err error
	if key.RoleDefinitionID, err = d.role(ctx, namespace, r); err != nil {
		return graph.AssignmentKey{}, err
	}
	if key.DirectoryScopeID, err = d.scope(ctx, s); err != nil {
		return graph.AssignmentKey{}, err
	}
	if key.PrincipalID, err = d.principal(ctx, namespace, p); err != nil {
		return graph.AssignmentKey{}, err
	}
	if key, err = key.Canonical(); err != nil {
		return graph.AssignmentKey{}, Invalid(err)
	}
	return key, nil
}

func (d Directory) principal(ctx context.Context, namespace string, p v1alpha1.Principal) (string, error) {
	switch {
	case p.User != "":
		return d.User(ctx, p.User, v1alpha1.ReasonPrincipalNotFound)
	case p.Group != "":
		ids, err := d.Client.GroupIDs(ctx, string(p.Group))
		return onlyOf(ids, err, "group", string(p.Group), v1alpha1.ReasonPrincipalNotFound)
	case p.GroupRef.Name != "":
		return d.GroupOf(ctx, client.ObjectKey{Namespace: namespace, Name: p.GroupRef.Name})
	case p.ServicePrincipal != "":
		return d.ServicePrincipal(ctx, p.ServicePrincipal, v1alpha1.ReasonPrincipalNotFound)
	}
	return string(p.ID), nil
}

// User resolves a userPrincipalName to an ID.
func (d Directory) User(ctx context.Context, name v1alpha1.UserPrincipalName, notFound v1alpha1.Reason) (string, error) {
	ids, err := d.Client.UserIDs(ctx, string(name))
	return onlyOf(ids, err, "user", string(name), notFound)
}

// ServicePrincipal resolves an appId to the ID of its service principal.
func (d Directory) ServicePrincipal(ctx context.Context, appID v1alpha1.ObjectID, notFound v1alpha1.Reason) (string, error) {
	ids, err := d.Client.ServicePrincipalIDs(ctx, strings.ToLower(string(appID)))
	return onlyOf(ids, err, application, string(appID), notFound)
}

// Group resolves a group's display name to an ID.
func (d Directory) Group(ctx context.Context, name v1alpha1.DisplayName) (string, error) {
	ids, err := d.Client.GroupIDs(ctx, string(name))
	return onlyOf(ids, err, "group", string(name), v1alpha1.ReasonGroupNotFound)
}

func (d Directory) role(ctx context.Context, namespace string, r v1alpha1.Role) (string, error) {
	switch {
	case r.DisplayName != "":
		roles, err := d.RolesByName(ctx, string(r.DisplayName))
		ids := make([]string, 0, len(roles))
		for _, role := range roles {
			ids = append(ids, role.ID)
		}
		return onlyOf(ids, err, "role", string(r.DisplayName), v1alpha1.ReasonRoleNotFound)
	case r.DefinitionRef.Name != "":
		return d.definitionOf(ctx, client.ObjectKey{Namespace: namespace, Name: r.DefinitionRef.Name})
	}
	id, err := graph.CanonicalID(string(r.ID))
	if err != nil {
		return "", Invalid(err)
	}
	role, err := d.RoleByID(ctx, id)
	if err != nil {
		return "", err
	}
	if role == nil {
		return only("role", id, v1alpha1.ReasonRoleNotFound, nil)
	}
	return role.ID, nil
}

func (d Directory) scope(ctx context.Context, s v1alpha1.Scope) (string, error) {
	switch {
	case s == v1alpha1.Scope{}:
		return graph.TenantScope, nil
	case s.ObjectID != "":
		return graph.ObjectScope(string(s.ObjectID)), nil
	case graph.IsID(string(s.AdministrativeUnit)):
		return graph.AdministrativeUnitScope(string(s.AdministrativeUnit)), nil
	}
	ids, err := d.Client.AdministrativeUnitIDs(ctx, string(s.AdministrativeUnit))
	id, err := onlyOf(ids, err, "administrative unit", string(s.AdministrativeUnit), v1alpha1.ReasonScopeNotFound)
	return graph.AdministrativeUnitScope(id), err
}

// GroupOf returns the ID of the group that a Group stands for. It goes by the Group's spec and the directory: what a
// status says may have been written by anybody.
func (d Directory) GroupOf(ctx context.Context, name client.ObjectKey) (string, error) {
	var group v1alpha1.Group
	if err := d.referred(ctx, "Group", name, &group, v1alpha1.ReasonGroupNotReady); err != nil {
		return "", err
	}
	found, err := d.Client.GroupByUniqueName(ctx, group.UniqueName())
	if err != nil {
		return "", err
	}
	if found == nil {
		return "", &lifecycle.Problem{Reason: v1alpha1.ReasonGroupNotReady, Message: fmt.Sprintf("The directory does not show the group of Group %s yet", name)}
	}
	return found.ID, nil
}

func (d Directory) definitionOf(ctx context.Context, name client.ObjectKey) (string, error) {
	var definition v1alpha1.RoleDefinition
	if err := d.referred(ctx, "RoleDefinition", name, &definition, v1alpha1.ReasonRoleDefinitionNotReady); err != nil {
		return "", err
	}
	return DefinitionID(d.TenantID, name), nil
}

// claimant is an object that stands for something in a directory.
type claimant interface {
	client.Object
	GetClaimSpec() *v1alpha1.ClaimSpec
	GetClaimStatus() *v1alpha1.ClaimStatus
}

// referred reads an object that a spec names, if it stands in this directory for what it asks for and goes on doing so.
func (d Directory) referred(ctx context.Context, kind string, name client.ObjectKey, obj claimant, reason v1alpha1.Reason) error {
	if err := client.IgnoreNotFound(d.reader.Get(ctx, name, obj)); err != nil {
		return fmt.Errorf("reading %s %s: %w", kind, name, err)
	}
	status := obj.GetClaimStatus()
	problem := ""
	switch {
	case obj.GetUID() == "":
		problem = "does not exist"
	case !obj.GetDeletionTimestamp().IsZero():
		problem = "is being deleted"
	case ptr.Deref(status.ObservedGeneration, -1) != obj.GetGeneration():
		problem = "has changed and was not looked at since"
	case !meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ConditionReady):
		problem = "is not Ready; its own conditions say why"
	case !d.is(ctx, obj.GetClaimSpec().TenantRef):
		problem = "is of another Tenant"
	default:
		return nil
	}
	return &lifecycle.Problem{Reason: reason, Message: fmt.Sprintf("%s %s %s", kind, name.Name, problem)}
}

func (d Directory) is(ctx context.Context, ref v1alpha1.TenantReference) bool {
	other, err := d.tenants.Choose(ctx, d.reader, ref)
	return err == nil && other.TenantID == d.TenantID
}
