package tenant

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// ChoiceError says why an object has no directory to be granted in.
type ChoiceError struct {
	// Reason and Message are for the object's Ready condition.
	Reason  v1alpha1.Reason
	Message string
	// Final is set when waiting does not help.
	Final bool
	// Exists is set when the Tenant is there and not connected, so that nothing is known about its directory now.
	Exists bool
}

// Error returns the message.
func (e *ChoiceError) Error() string { return e.Message }

// Choose returns the connection that an object means by its tenantRef, or a *ChoiceError. Without a reference it is the
// only Tenant there is.
func (r *Registry) Choose(ctx context.Context, reader client.Reader, ref v1alpha1.TenantReference) (*Connection, error) {
	name, err := r.nameOf(ctx, reader, ref)
	if err != nil {
		return nil, err
	}
	connection, closing := r.ByName(name)
	switch {
	case closing:
		return nil, closingError(name)
	case connection != nil:
		return connection, nil
	}
	if err := reader.Get(ctx, client.ObjectKey{Name: name}, &v1alpha1.Tenant{}); apierrors.IsNotFound(err) {
		return nil, &ChoiceError{Reason: v1alpha1.ReasonTenantNotFound, Message: fmt.Sprintf("There is no Tenant %q", name)}
	}
	return nil, notConnectedError(name)
}

func notConnectedError(name string) error {
	return &ChoiceError{Reason: v1alpha1.ReasonTenantNotReady, Exists: true,
		Message: fmt.Sprintf("Tenant %q is not connected: its own conditions say why", name)}
}

func closingError(name string) error {
	return &ChoiceError{Reason: v1alpha1.ReasonTenantNotReady, Final: true,
		Message: fmt.Sprintf("Tenant %q is being deleted: nothing new is granted there", name)}
}

func (r *Registry) nameOf(ctx context.Context, reader client.Reader, ref v1alpha1.TenantReference) (string, error) {
	if ref.Name != "" {
		return ref.Name, nil
	}
	var list v1alpha1.TenantList
	if err := reader.List(ctx, &list); err != nil {
		return "", fmt.Errorf("listing Tenants: %w", err)
	}
	switch len(list.Items) {
	case 1:
		return list.Items[0].Name, nil
	case 0:
		return "", &ChoiceError{Reason: v1alpha1.ReasonTenantNotFound, Message: "There is no Tenant: ask the platform team for one"}
	}
	return "", &ChoiceError{Reason: v1alpha1.ReasonTenantNotFound, Final: true,
		Message: fmt.Sprintf("There are %d Tenants: name the one that is meant in spec.tenantRef.name", len(list.Items))}
}
