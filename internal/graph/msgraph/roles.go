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
	return readAll[models.UnifiedRoleDefinitionCollectionResponseable](ctx, c, what, collection{
		path:     roleDefinitions,
		selected: []string{"id", "templateId", "displayName", "isBuiltIn"},
		create:   models.CreateUnifiedRoleDefinitionCollectionResponseFromDiscriminatorValue,
	}, every(roleDefinition))
}

func roleDefinition(row models.UnifiedRoleDefinitionable) (graph.RoleDefinition, error) {
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
// answered shows none.
func (c *Client) FindRoleAssignment(ctx context.Context, key graph.AssignmentKey) (*graph.Assignment, error) {
	key, err := key.Canonical()
	if err != nil {
		return nil, readingAssignments().describe(badInput(err))
	}
	assignments, err := c.AssignmentsOf(ctx, key.PrincipalID)
	if err != nil {
		return nil, err
	}
	for _, assignment := range assignments {
		if assignment.AssignmentKey == key {
			return &assignment, nil
		}
	}
	return nil, nil
}

// AssignmentsOf returns every active role assignment of a principal, at whatever scope, those that it activated in Privileged
// Identity Management among them. It filters by principal alone, because combining filters is not documented for this
// collection.
func (c *Client) AssignmentsOf(ctx context.Context, principalID string) ([]graph.Assignment, error) {
	what := readingAssignments()
	principal, err := graph.CanonicalID(principalID)
	if err != nil {
		return nil, what.describe(badInput(err))
	}
	filter, err := graph.Eq("principalId", principal)
	if err != nil {
		return nil, what.describe(badInput(err))
	}
	read := func(row models.UnifiedRoleAssignmentable) (graph.Assignment, bool, error) {
		assignment, err := roleAssignment(row)
		return assignment, assignment.PrincipalID == principal, err
	}
	return readAll[models.UnifiedRoleAssignmentCollectionResponseable](ctx, c, what, collection{
		path: "/roleManagement/directory/roleAssignments", filter: filter, selected: selectedKey("id"),
		create: models.CreateUnifiedRoleAssignmentCollectionResponseFromDiscriminatorValue,
	}, read)
}

func readingAssignments() call {
	return call{op: "reading role assignments", permission: graph.PermissionRoleManagementRead}
}

// selectedKey are the properties that make the key of a row, after those given.
func selectedKey(before ...string) []string {
	return append(before, "principalId", "roleDefinitionId", "directoryScopeId")
}

// CreateRoleAssignment asks for an assignment, once. What it returns is what the directory says that it has granted, which
// the caller must compare with what it asked for.
func (c *Client) CreateRoleAssignment(ctx context.Context, key graph.AssignmentKey) (graph.Assignment, error) {
	what := call{op: "creating role assignment", permission: graph.PermissionRoleManagementWrite, answer: aCreation()}
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

// roleAssignment returns the row as the domain has it.
func roleAssignment(row models.UnifiedRoleAssignmentable) (graph.Assignment, error) {
	if row == nil || value(row.GetId()) == "" {
		return graph.Assignment{}, malformed("a role assignment without an ID")
	}
	key, err := keyOf(row)
	if err != nil {
		return graph.Assignment{}, err
	}
	return graph.Assignment{ID: *row.GetId(), AssignmentKey: key}, nil
}

// keyed is a row that is about an assignment.
type keyed interface {
	GetPrincipalId() *string
	GetRoleDefinitionId() *string
	GetDirectoryScopeId() *string
}

// keyOf returns the key of a row. A scope of a kind that is not ours, such as an attribute set, stays as it is: it equals no
// canonical scope.
func keyOf(row keyed) (graph.AssignmentKey, error) {
	principal, err := graph.CanonicalID(value(row.GetPrincipalId()))
	if err != nil {
		return graph.AssignmentKey{}, malformed("an assignment without a principal")
	}
	role, err := graph.CanonicalID(value(row.GetRoleDefinitionId()))
	if err != nil {
		return graph.AssignmentKey{}, malformed("an assignment without a role definition")
	}
	scope := value(row.GetDirectoryScopeId())
	if canonical, err := graph.CanonicalScope(scope); err == nil {
		scope = canonical
	}
	return graph.AssignmentKey{PrincipalID: principal, RoleDefinitionID: role, DirectoryScopeID: scope}, nil
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
