package api

import (
	"context"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	principal  = "principal: {user: alice@contoso.com}"
	role       = "role: {displayName: Helpdesk Administrator}"
	id         = "ace08ec9-aa11-4ada-9145-addf0398233e"
	oneOf      = "exactly one of the fields in "
	notAnID    = "must be an ID such as ace08ec9-aa11-4ada-9145-addf0398233e; a name belongs into the field for names"
	notAUPN    = "must be a userPrincipalName such as alice@contoso.com; for an object ID use the field id, for a group the field for groups"
	notAName   = "must be the exact display name, without line breaks or other control characters and without blanks at either end"
	missing    = "Required value"
	notAllowed = "Unsupported value"
)

func TestRoleAssignmentRules(t *testing.T) {
	checkRules(t, "RoleAssignment", map[string]rule{
		"least":                       {spec: "{" + principal + ", " + role + "}"},
		"principal by ID":             {spec: "{principal: {id: " + id + "}, " + role + "}"},
		"principal by upper-case ID":  {spec: "{principal: {id: ACE08EC9-AA11-4ADA-9145-ADDF0398233E}, " + role + "}"},
		"principal by group":          {spec: "{principal: {group: Ærø Helpdesk (1)}, " + role + "}"},
		"principal by application":    {spec: "{principal: {servicePrincipal: " + id + "}, " + role + "}"},
		"guest user":                  {spec: "{principal: {user: 'bob_partner.example#EXT#@contoso.com'}, " + role + "}"},
		"two principals":              {spec: "{principal: {user: a@b.c, group: G}, " + role + "}", refuse: oneOf + "[id user group servicePrincipal groupRef] must be set"},
		"empty principal":             {spec: "{principal: {}, " + role + "}", refuse: oneOf + "[id user group servicePrincipal groupRef] must be set"},
		"no principal":                {spec: "{" + role + "}", refuse: missing},
		"principal ID is a name":      {spec: "{principal: {id: alice}, " + role + "}", refuse: notAnID},
		"application is a name":       {spec: "{principal: {servicePrincipal: my app}, " + role + "}", refuse: notAnID},
		"user is an ID":               {spec: "{principal: {user: " + id + "}, " + role + "}", refuse: notAUPN},
		"user with a blank":           {spec: "{principal: {user: 'alice smith@contoso.com'}, " + role + "}", refuse: notAUPN},
		"group with a blank in front": {spec: "{principal: {group: ' G'}, " + role + "}", refuse: notAName},
		"group with a line break":     {spec: `{principal: {group: "G\nH"}, ` + role + "}", refuse: notAName},

		"role by ID":          {spec: "{" + principal + ", role: {id: " + id + "}}"},
		"role with one word":  {spec: "{" + principal + ", role: {displayName: R}}"},
		"two roles":           {spec: "{" + principal + ", role: {id: " + id + ", displayName: R}}", refuse: oneOf + "[id displayName definitionRef] must be set"},
		"empty role":          {spec: "{" + principal + ", role: {}}", refuse: oneOf + "[id displayName definitionRef] must be set"},
		"no role":             {spec: "{" + principal + "}", refuse: missing},
		"role ID is a name":   {spec: "{" + principal + ", role: {id: Helpdesk Administrator}}", refuse: notAnID},
		"role ends in a tab":  {spec: "{" + principal + `, role: {displayName: "R\t"}}`, refuse: notAName},
		"role name too long":  {spec: "{" + principal + ", role: {displayName: " + repeat("r", 257) + "}}", refuse: "Too long"},
		"longest role name":   {spec: "{" + principal + ", role: {displayName: " + repeat("r", 256) + "}}"},
		"scope by unit":       {spec: "{" + principal + ", " + role + ", scope: {administrativeUnit: Berlin}}"},
		"scope by unit ID":    {spec: "{" + principal + ", " + role + ", scope: {administrativeUnit: " + id + "}}"},
		"scope by object":     {spec: "{" + principal + ", " + role + ", scope: {objectID: " + id + "}}"},
		"empty scope":         {spec: "{" + principal + ", " + role + ", scope: {}}", refuse: oneOf + "[administrativeUnit objectID] must be set"},
		"two scopes":          {spec: "{" + principal + ", " + role + ", scope: {administrativeUnit: B, objectID: " + id + "}}", refuse: oneOf + "[administrativeUnit objectID] must be set"},
		"scope object a name": {spec: "{" + principal + ", " + role + ", scope: {objectID: my-app}}", refuse: notAnID},
		"unit name blank":     {spec: "{" + principal + ", " + role + ", scope: {administrativeUnit: ' '}}", refuse: notAName},

		"every choice":           {spec: "{" + principal + ", " + role + ", tenantRef: {name: contoso}, adoption: Refuse, deletionPolicy: Orphan, mode: Observe}"},
		"tenant without a name":  {spec: "{" + principal + ", " + role + ", tenantRef: {}}", refuse: missing},
		"unknown adoption":       {spec: "{" + principal + ", " + role + ", adoption: Maybe}", refuse: notAllowed},
		"unknown deletionPolicy": {spec: "{" + principal + ", " + role + ", deletionPolicy: Keep}", refuse: notAllowed},
		"unknown mode":           {spec: "{" + principal + ", " + role + ", mode: DryRun}", refuse: notAllowed},
		"suspended":              {spec: "{" + principal + ", " + role + ", mode: Suspend}"},

		"principal by reference":   {spec: "{principal: {groupRef: {name: helpdesk}}, " + role + "}"},
		"reference without a name": {spec: "{principal: {groupRef: {}}, " + role + "}", refuse: missing},
		"role by reference":        {spec: "{" + principal + ", role: {definitionRef: {name: reader}}}"},
		"for eight hours":          {spec: "{" + principal + ", " + role + ", schedule: {duration: PT8H}}"},
		"until then":               {spec: "{" + principal + ", " + role + ", schedule: {end: '2030-01-01T00:00:00Z'}}"},
		"from then for a day":      {spec: "{" + principal + ", " + role + ", schedule: {start: '2030-01-01T00:00:00Z', duration: P1D}}"},
		"scheduled for good":       {spec: "{" + principal + ", " + role + ", schedule: {start: '2030-01-01T00:00:00Z'}}", refuse: "a schedule needs an end or a duration"},
		"empty schedule":           {spec: "{" + principal + ", " + role + ", schedule: {}}", refuse: "a schedule needs an end or a duration"},
		"end and duration":         {spec: "{" + principal + ", " + role + ", schedule: {end: '2030-01-01T00:00:00Z', duration: P1D}}", refuse: "at most one of the fields in [end duration] may be set"},
		"end before start":         {spec: "{" + principal + ", " + role + ", schedule: {start: '2030-01-02T00:00:00Z', end: '2030-01-01T00:00:00Z'}}", refuse: "start must be before end"},

		"justification and ticket":     {spec: "{" + principal + ", " + role + ", justification: because, ticket: {number: A-1, system: S}}"},
		"empty justification":          {spec: "{" + principal + ", " + role + ", justification: ''}", refuse: "should be at least 1 chars long"},
		"justification of 1025":        {spec: "{" + principal + ", " + role + ", justification: " + repeat("j", 1025) + "}", refuse: "Too long"},
		"empty ticket number":          {spec: "{" + principal + ", " + role + ", ticket: {number: ''}}", refuse: "should be at least 1 chars long"},
		"ticket number of 257":         {spec: "{" + principal + ", " + role + ", ticket: {number: " + repeat("n", 257) + "}}", refuse: "Too long"},
		"ticket system of 257 letters": {spec: "{" + principal + ", " + role + ", ticket: {system: " + repeat("s", 257) + "}}", refuse: "Too long"},
	})
}

func TestDefaults(t *testing.T) {
	obj := object(t, "RoleAssignment", "{"+principal+", "+role+"}")
	if err := server.Create(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Delete(context.Background(), obj) })
	for path, want := range map[string]any{"adoption": "Adopt", "deletionPolicy": "Revoke", "mode": "Enforce"} {
		if got, _, _ := unstructured.NestedFieldCopy(obj.Object, "spec", path); got != want {
			t.Errorf("spec.%s: want %v, got %v", path, want, got)
		}
	}
	// Without it, tools call an object healthy that no controller has looked at.
	if got, _, _ := unstructured.NestedInt64(obj.Object, "status", "observedGeneration"); got != -1 {
		t.Errorf("status.observedGeneration: want -1, got %d", got)
	}
}

func TestSelectableFields(t *testing.T) {
	obj := object(t, "RoleAssignment", "{principal: {user: selected@contoso.com}, "+role+", tenantRef: {name: contoso}}")
	if err := server.Create(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Delete(context.Background(), obj) })
	for selector, want := range map[string]int{
		"spec.principal.user=selected@contoso.com":                                              1,
		"spec.principal.user=selected@contoso.com,spec.role.displayName=Helpdesk Administrator": 1,
		"spec.principal.user=selected@contoso.com,spec.tenantRef.name=fabrikam":                 0,
	} {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(obj.GroupVersionKind())
		if err := server.List(t.Context(), list, &client.ListOptions{Raw: rawSelector(selector)}); err != nil {
			t.Errorf("%s: %v", selector, err)
		} else if len(list.Items) != want {
			t.Errorf("%s: want %d objects, got %d", selector, want, len(list.Items))
		}
	}
}
