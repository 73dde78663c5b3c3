package seed

import (
	"fmt"
	"io"

	"sigs.k8s.io/yaml"
)

// Seed is the content of a seed file.
type Seed struct {
	// BuiltInRoles exist in every tenant.
	BuiltInRoles []Role `json:"builtInRoles"`
	// Tenants are the directories.
	Tenants []Tenant `json:"tenants"`
}

// Role is a directory role.
type Role struct {
	// ID is the object ID; TemplateID is the same where it is left out.
	ID          string `json:"id"`
	TemplateID  string `json:"templateId,omitempty"`
	DisplayName string `json:"displayName"`
	Description string `json:"description,omitempty"`
	// Actions are what the role allows.
	Actions []string `json:"actions,omitempty"`
	// Scopes are what a built-in role can be assigned at besides the tenant:
	// names of collections, such as administrativeUnits or applications.
	Scopes []string `json:"scopes,omitempty"`
	// Privileged roles are shown as such in beta.
	Privileged bool `json:"privileged,omitempty"`
	// Disabled roles cannot be assigned.
	Disabled bool `json:"disabled,omitempty"`
}

// Tenant is one directory.
type Tenant struct {
	ID          string   `json:"id"`
	DisplayName string   `json:"displayName"`
	Domains     []string `json:"domains"`
	// Licences are P1, P2 and Governance; left out: none.
	Licences []string `json:"licences,omitempty"`
	// Objects are the objects of each collection (users, groups, …), each with
	// its properties as Graph names them. A group may have members and owners,
	// an administrative unit members.
	Objects map[string][]map[string]any `json:"objects,omitempty"`
	// Apps can sign in.
	Apps []App `json:"apps,omitempty"`
	// CustomRoles are the tenant's own.
	CustomRoles []Role `json:"customRoles,omitempty"`
	// RoleAssignments are what stands at the start.
	RoleAssignments []Assignment `json:"roleAssignments,omitempty"`
	// RoleEligibilities can be activated from the start, without end.
	RoleEligibilities []Assignment `json:"roleEligibilities,omitempty"`
}

// App is an application that can sign in to a tenant.
type App struct {
	AppID string `json:"appId"`
	// ServicePrincipal is the object ID of the app in the tenant; it must be
	// among the objects.
	ServicePrincipal string `json:"servicePrincipal"`
	// Secrets, FederatedCredentials and Certificates are the ways to sign in.
	Secrets              []string              `json:"secrets,omitempty"`
	FederatedCredentials []FederatedCredential `json:"federatedCredentials,omitempty"`
	// Certificates are PEM blocks.
	Certificates []string `json:"certificates,omitempty"`
	// Permissions are the application permissions granted to it.
	Permissions []string `json:"permissions,omitempty"`
	Disabled    bool     `json:"disabled,omitempty"`
}

// FederatedCredential trusts the tokens of another issuer.
type FederatedCredential struct {
	Issuer  string `json:"issuer"`
	Subject string `json:"subject"`
	// Audience is api://AzureADTokenExchange where it is left out.
	Audience string `json:"audience,omitempty"`
	// JWKS are the issuer's public keys as a JSON document. Without them the
	// claims of an assertion are checked and its signature is not.
	JWKS string `json:"jwks,omitempty"`
}

// Assignment is a role assignment. Principal and Role may be an ID or a name
// (userPrincipalName, displayName, appId) that only one object has; the last
// part of Scope may be a name too.
type Assignment struct {
	Principal string `json:"principal"`
	Role      string `json:"role"`
	// Scope is "/", "/administrativeUnits/{unit}" or "/{object}"; left out: "/".
	Scope string `json:"scope,omitempty"`
}

// Load reads a seed file. It refuses fields it does not know and references
// that lead nowhere.
func Load(r io.Reader) (*Seed, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading the seed: %w", err)
	}
	var s Seed
	if err := yaml.UnmarshalStrict(data, &s); err != nil {
		return nil, fmt.Errorf("reading the seed: %w", err)
	}
	if err := s.complete(); err != nil {
		return nil, fmt.Errorf("seed: %w", err)
	}
	return &s, nil
}
