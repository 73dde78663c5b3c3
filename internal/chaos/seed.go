package chaos

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

const (
	sharedTenant = "5f2c1c6e-0000-4000-8000-000000000000"
	sharedName   = "shared"

	appID    = "0d1f9a52-6b3e-4c8d-9f10-7a5e2b4c6d81"
	appObj   = "3e9d7c15-2f48-4b6a-8c01-d5e6f7a8b9c0"
	helpdesk = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
	roleName = "Helpdesk Administrator"

	// canary begins every client secret, so that it can be looked for wherever something is written.
	canary = "canary-7hS0q-"
)

func permissions() []string {
	return []string{"RoleManagement.ReadWrite.Directory", "User.ReadBasic.All", "Group.Read.All", "Application.Read.All", "AdministrativeUnit.Read.All"}
}

// Seed is a directory that all trials share, and so many that are for one trial at a time.
func Seed(own int) *graphsim.Seed {
	seed := &graphsim.Seed{BuiltInRoles: []graphsim.SeedRole{{ID: helpdesk, TemplateID: helpdesk, DisplayName: roleName}}}
	for i := range own + 1 {
		id := fmt.Sprintf("%s%012x", strings.TrimSuffix(sharedTenant, "000000000000"), i)
		seed.Tenants = append(seed.Tenants, graphsim.SeedTenant{
			ID: id, DisplayName: fmt.Sprintf("Directory %d", i), Domains: []string{fmt.Sprintf("directory%d.test", i)},
			Objects: map[string][]map[string]any{"servicePrincipals": {{"id": appObj, "displayName": "Rolewarden", "appId": appID}}},
			Apps:    []graphsim.SeedApp{{AppID: appID, ServicePrincipal: appObj, Secrets: []string{secretOf(id)}, Permissions: permissions()}},
		})
	}
	return seed
}

// secretOf is the secret that a directory knows the application by at first.
func secretOf(tenantID string) string { return canary + tenantID }

// connect creates a Tenant, with a Secret of its own.
func (w *World) connect(ctx context.Context, name, tenantID string) error {
	if err := w.setSecret(ctx, name, secretOf(tenantID)); err != nil {
		return err
	}
	t := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Name: name}}
	t.Spec = v1alpha1.TenantSpec{
		TenantID: v1alpha1.ObjectID(tenantID), Cloud: v1alpha1.CloudCustom, Endpoints: w.Endpoints,
		Credential: v1alpha1.Credential{ClientSecret: v1alpha1.ClientSecret{
			ClientID: appID, SecretRef: v1alpha1.SecretKeyReference{Name: v1alpha1.ObjectName(name)},
		}},
	}
	return w.Kube.Create(ctx, t)
}

// setSecret writes the Secret that a Tenant signs in with.
func (w *World) setSecret(ctx context.Context, name, value string) error {
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: w.System}, Data: map[string][]byte{"clientSecret": []byte(value)}}
	err := w.Kube.Create(ctx, s)
	if client.IgnoreAlreadyExists(err) == nil && err != nil {
		return w.Kube.Update(ctx, s)
	}
	return err
}

// Leave disconnects the Tenant that trials share, and waits until it is gone: where one World ends, another can begin.
func (w *World) Leave(ctx context.Context) error {
	t := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Name: sharedName}}
	if err := w.Kube.Delete(ctx, t); err != nil {
		return client.IgnoreNotFound(err)
	}
	tick := w.Clock.NewTicker(poll / 10)
	defer tick.Stop()
	for {
		if err := w.Kube.Get(ctx, client.ObjectKeyFromObject(t), t); apierrors.IsNotFound(err) {
			return nil
		}
		select {
		case <-tick.C():
		case <-ctx.Done():
			return fmt.Errorf("waiting for the shared Tenant to go: %w", ctx.Err())
		}
	}
}

// Connected waits until the Tenant that trials share is ready.
func (w *World) Connected(ctx context.Context) error {
	tick := w.Clock.NewTicker(poll / 10)
	defer tick.Stop()
	for {
		if t := w.tenant(sharedName); t != nil && meta.IsStatusConditionTrue(t.Status.Conditions, v1alpha1.ConditionReady) {
			return nil
		}
		select {
		case <-tick.C():
		case <-ctx.Done():
			return fmt.Errorf("waiting for the shared Tenant: %w", ctx.Err())
		}
	}
}
