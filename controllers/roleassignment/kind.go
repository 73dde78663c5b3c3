package roleassignment

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
	"github.com/rolewarden/rolewarden/internal/tenant"
)

// grantIndex finds RoleAssignments in the cache by their ledger.
const grantIndex = "status.grant"

// kind is what a RoleAssignment supplies to the shell.
type kind struct {
	client  client.Reader
	tenants *tenant.Registry
}

// New implements lifecycle.Kind.
func (k *kind) New() *v1alpha1.RoleAssignment { return &v1alpha1.RoleAssignment{} }

// Identity implements lifecycle.Kind.
func (k *kind) Identity(obj *v1alpha1.RoleAssignment) fmt.Stringer { return identityOf(&obj.Spec) }

// Connect implements lifecycle.Kind.
func (k *kind) Connect(ctx context.Context, obj *v1alpha1.RoleAssignment) (lifecycle.External[*v1alpha1.RoleAssignment, v1alpha1.AssignmentGrant], error) {
	connection, err := k.tenants.Choose(ctx, k.client, obj.Spec.TenantRef)
	if err != nil {
		return nil, explainTenant(err)
	}
	return external{connection, k.tenants}, nil
}

// Reconnect implements lifecycle.Kind.
func (k *kind) Reconnect(_ context.Context, grant v1alpha1.AssignmentGrant) (lifecycle.External[*v1alpha1.RoleAssignment, v1alpha1.AssignmentGrant], error) {
	connection := k.tenants.ByTenantID(string(grant.TenantID))
	if connection == nil {
		return nil, &lifecycle.Problem{Reason: v1alpha1.ReasonTenantNotReady, Unreachable: true,
			Message: fmt.Sprintf("No Tenant is connected to the directory %s that holds the grant", grant.TenantID)}
	}
	return external{connection, k.tenants}, nil
}

// Claimants implements lifecycle.Kind.
func (k *kind) Claimants(ctx context.Context, grant v1alpha1.AssignmentGrant) ([]client.ObjectKey, error) {
	var list v1alpha1.RoleAssignmentList
	if err := k.client.List(ctx, &list, client.MatchingFields{grantIndex: grant.String()}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, err
	}
	names := make([]client.ObjectKey, 0, len(list.Items))
	for i := range list.Items {
		names = append(names, client.ObjectKeyFromObject(&list.Items[i]))
	}
	return names, nil
}

// holderPage is how many objects are read at a time when looking for one that holds a grant.
const holderPage = 500

// Holder returns a function that names a RoleAssignment that holds a grant in a directory, if there is one.
func Holder(live client.Reader) func(ctx context.Context, tenantID string) (string, error) {
	return func(ctx context.Context, tenantID string) (string, error) {
		next := ""
		for {
			var list v1alpha1.RoleAssignmentList
			err := live.List(ctx, &list, client.Limit(holderPage), client.Continue(next))
			if apierrors.IsNotFound(err) || meta.IsNoMatchError(err) {
				return "", nil // the CRD is gone, and went after the last of its objects
			}
			if err != nil {
				return "", fmt.Errorf("listing RoleAssignments: %w", err)
			}
			for i := range list.Items {
				if grant := list.Items[i].GetGrant(); grant != nil && strings.EqualFold(string(grant.TenantID), tenantID) {
					return "RoleAssignment " + client.ObjectKeyFromObject(&list.Items[i]).String(), nil
				}
			}
			if next = list.Continue; next == "" {
				return "", nil
			}
		}
	}
}
