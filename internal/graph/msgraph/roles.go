package msgraph

import (
	"context"
	"unicode/utf8"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/rolemanagement"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// RoleDefinitions returns every role of the directory, built in and custom. $top is never sent: this collection answers it
// with a 400.
func (c *Client) RoleDefinitions(ctx context.Context) ([]graph.RoleDefinition, error) {
	what := call{op: "listing role definitions", permission: graph.PermissionRoleManagementRead}
	var roles []graph.RoleDefinition
	collect := func(p models.UnifiedRoleDefinitionCollectionResponseable) error {
		for _, row := range p.GetValue() {
			role, err := roleDefinition(row)
			if err != nil {
				return err
			}
			roles = append(roles, role)
		}
		return nil
	}
	err := list(ctx, c, listing[models.UnifiedRoleDefinitionCollectionResponseable]{what, c.roleDefinitionPage, collect})
	if err != nil {
		return nil, err
	}
	return roles, nil
}

func (c *Client) roleDefinitionPage(ctx context.Context, link string) (models.UnifiedRoleDefinitionCollectionResponseable, error) {
	if link != "" {
		return rolemanagement.NewDirectoryRoleDefinitionsRequestBuilder(link, c.adapter).Get(ctx, nil)
	}
	return rolemanagement.NewDirectoryRoleDefinitionsRequestBuilderInternal(nil, c.adapter).Get(ctx,
		&rolemanagement.DirectoryRoleDefinitionsRequestBuilderGetRequestConfiguration{
			QueryParameters: &rolemanagement.DirectoryRoleDefinitionsRequestBuilderGetQueryParameters{
				Select: []string{"id", "templateId", "displayName", "isBuiltIn"},
			},
		})
}

func roleDefinition(row models.UnifiedRoleDefinitionable) (graph.RoleDefinition, error) {
	if row == nil {
		return graph.RoleDefinition{}, malformed("a list of role definitions with an empty row")
	}
	id, err := graph.CanonicalID(value(row.GetId()))
	if err != nil {
		return graph.RoleDefinition{}, malformed("a role definition without an ID")
	}
	role := graph.RoleDefinition{ID: id, DisplayName: value(row.GetDisplayName()), BuiltIn: value(row.GetIsBuiltIn())}
	// A custom role may have been given any text as its template ID; only an ID can be compared with one.
	if template, err := graph.CanonicalID(value(row.GetTemplateId())); err == nil {
		role.TemplateID = template
	}
	return role, nil
}

// FindRoleAssignment reads the directory for the assignment with that key. Nil without an error means that the replica that
// answered shows none. It filters by principal alone, because combining filters is not documented for this collection.
func (c *Client) FindRoleAssignment(ctx context.Context, key graph.AssignmentKey) (*graph.Assignment, error) {
	what := call{op: "reading role assignments", permission: graph.PermissionRoleManagementRead}
	key, err := key.Canonical()
	if err != nil {
		return nil, what.describe(badInput(err))
	}
	filter, err := graph.Eq("principalId", key.PrincipalID)
	if err != nil {
		return nil, what.describe(badInput(err))
	}
	var found *graph.Assignment
	look := func(p models.UnifiedRoleAssignmentCollectionResponseable) error {
		for _, row := range p.GetValue() {
			assignment, err := roleAssignment(row)
			if err != nil {
				return err
			}
			if assignment.AssignmentKey == key {
				found = &assignment
			}
		}
		return nil
	}
	err = list(ctx, c, listing[models.UnifiedRoleAssignmentCollectionResponseable]{what, c.roleAssignmentPage(filter), look})
	if err != nil {
		return nil, err
	}
	return found, nil
}

func (c *Client) roleAssignmentPage(filter string) func(context.Context, string) (models.UnifiedRoleAssignmentCollectionResponseable, error) {
	return func(ctx context.Context, link string) (models.UnifiedRoleAssignmentCollectionResponseable, error) {
		if link != "" {
			return rolemanagement.NewDirectoryRoleAssignmentsRequestBuilder(link, c.adapter).Get(ctx, nil)
		}
		return rolemanagement.NewDirectoryRoleAssignmentsRequestBuilderInternal(nil, c.adapter).Get(ctx,
			&rolemanagement.DirectoryRoleAssignmentsRequestBuilderGetRequestConfiguration{
				QueryParameters: &rolemanagement.DirectoryRoleAssignmentsRequestBuilderGetQueryParameters{
					Filter: &filter,
					Select: []string{"id", "principalId", "roleDefinitionId", "directoryScopeId"},
				},
			})
	}
}

// CreateRoleAssignment asks for an assignment, once. What it returns is what the directory says that it has granted, which
// the caller must compare with what it asked for.
func (c *Client) CreateRoleAssignment(ctx context.Context, key graph.AssignmentKey) (graph.Assignment, error) {
	what := call{op: "creating role assignment", permission: graph.PermissionRoleManagementWrite, answer: anObject()}
	key, err := key.Canonical()
	if err != nil {
		return graph.Assignment{}, what.describe(badInput(err))
	}
	body := models.NewUnifiedRoleAssignment()
	body.SetPrincipalId(&key.PrincipalID)
	body.SetRoleDefinitionId(&key.RoleDefinitionID)
	body.SetDirectoryScopeId(&key.DirectoryScopeID)

	var created graph.Assignment
	err = c.do(ctx, what, func(ctx context.Context) error {
		row, err := rolemanagement.NewDirectoryRoleAssignmentsRequestBuilderInternal(nil, c.adapter).Post(ctx, body, nil)
		if err != nil {
			return err
		}
		created, err = roleAssignment(row)
		return err
	})
	if err != nil {
		return graph.Assignment{}, err
	}
	return created, nil
}

// roleAssignment returns the row as the domain has it. A scope of a kind that is not ours, such as an attribute set, stays
// as it is: it equals no canonical scope.
func roleAssignment(row models.UnifiedRoleAssignmentable) (graph.Assignment, error) {
	if row == nil || value(row.GetId()) == "" {
		return graph.Assignment{}, malformed("a role assignment without an ID")
	}
	principal, err := graph.CanonicalID(value(row.GetPrincipalId()))
	if err != nil {
		return graph.Assignment{}, malformed("a role assignment without a principal")
	}
	role, err := graph.CanonicalID(value(row.GetRoleDefinitionId()))
	if err != nil {
		return graph.Assignment{}, malformed("a role assignment without a role definition")
	}
	scope := value(row.GetDirectoryScopeId())
	if canonical, err := graph.CanonicalScope(scope); err == nil {
		scope = canonical
	}
	return graph.Assignment{
		ID:            *row.GetId(),
		AssignmentKey: graph.AssignmentKey{PrincipalID: principal, RoleDefinitionID: role, DirectoryScopeID: scope},
	}, nil
}

// DeleteRoleAssignment removes the assignment with that ID. Graph's own 404 comes back as class NotFound; whether it can be
// believed is for the caller to decide.
func (c *Client) DeleteRoleAssignment(ctx context.Context, id string) error {
	what := call{op: "deleting role assignment", permission: graph.PermissionRoleManagementWrite, answer: nothing()}
	if id == "" || id == "." || id == ".." || !utf8.ValidString(id) {
		// The path would be that of the collection, of what holds it, or of another assignment.
		return what.describe(&graph.Error{Class: graph.Unknown, NotSent: true, Message: "no assignment ID given"})
	}
	return c.do(ctx, what, func(ctx context.Context) error {
		return rolemanagement.NewDirectoryRoleAssignmentsRequestBuilderInternal(nil, c.adapter).
			ByUnifiedRoleAssignmentId(id).Delete(ctx, nil)
	})
}

// badInput is what could not be asked for.
func badInput(err error) *graph.Error {
	return &graph.Error{Class: graph.Refused, Refusal: graph.RefusedRequest, NotSent: true, Err: err}
}

// value returns what p points to, or the zero value.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
