package msgraph

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/graphsim"
)

// TestLifeOfAnAssignment grants and revokes for real: at the tenant, at a unit and at an object, to a user, a group and a
// service principal.
func TestLifeOfAnAssignment(t *testing.T) {
	d := newDirectory(t)
	transports := map[string]*Client{
		"HTTPS":      d.rolewarden(t),
		"in process": d.as(t, ClientSecret{ClientID: rolewardenApp, Secret: rolewardenSecret}, func(o *Options) { o.Transport, o.CABundle = inProcess{d.sim}, nil }),
	}
	keys := map[string]graph.AssignmentKey{
		"user, tenant":               key(alice, helpdeskAdmin, graph.TenantScope),
		"group, tenant":              key(helpdeskGroup, helpdeskAdmin, graph.TenantScope),
		"service principal, tenant":  key(payroll, globalReader, graph.TenantScope),
		"user, administrative unit":  key(alice, helpdeskAdmin, graph.AdministrativeUnitScope(berlin)),
		"group, administrative unit": key(helpdeskGroup, helpdeskAdmin, graph.AdministrativeUnitScope(berlin)),
	}
	for transport, c := range transports {
		for name, k := range keys {
			t.Run(transport+"/"+name, func(t *testing.T) { grantAndRevoke(t, d, c, k) })
		}
	}
}

func grantAndRevoke(t *testing.T, d *directory, c *Client, k graph.AssignmentKey) {
	d.ResetCalls()
	if found, err := c.FindRoleAssignment(t.Context(), k); found != nil || err != nil {
		t.Fatalf("before: %v, %v", found, err)
	}
	revoke(t, d, c, grant(t, d, c, k))
	if found, err := c.FindRoleAssignment(t.Context(), k); found != nil || err != nil {
		t.Errorf("after: %v, %v", found, err)
	}
	counts := d.CountCalls()
	want := []int{3, 2, 2}
	got := []int{counts["roleAssignments.list"], counts["roleAssignments.create"], counts["roleAssignments.delete"]}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s%v", diff, counts)
	}
}

// grant creates an assignment twice and reads it back.
func grant(t *testing.T, d *directory, c *Client, k graph.AssignmentKey) graph.Assignment {
	t.Helper()
	created, err := c.CreateRoleAssignment(t.Context(), k)
	if err != nil || created.AssignmentKey != k || !d.stands(k) {
		t.Fatalf("created %+v, %v", created, err)
	}
	found, err := c.FindRoleAssignment(t.Context(), k)
	if diff := cmp.Diff(&created, found); err != nil || diff != "" {
		t.Errorf("read back (-created +found):\n%s%v", diff, err)
	}
	_, err = c.CreateRoleAssignment(t.Context(), k)
	if e := failure(t, err); e.Class != graph.Exists || !e.Answered() || e.RequestID == "" {
		t.Errorf("created again: %+v", e)
	}
	return created
}

// revoke deletes an assignment twice.
func revoke(t *testing.T, d *directory, c *Client, a graph.Assignment) {
	t.Helper()
	if err := c.DeleteRoleAssignment(t.Context(), a.ID); err != nil || d.stands(a.AssignmentKey) {
		t.Errorf("deleted: %v, still there: %v", err, d.stands(a.AssignmentKey))
	}
	if e := failure(t, c.DeleteRoleAssignment(t.Context(), a.ID)); e.Class != graph.NotFound {
		t.Errorf("deleted again: %+v", e)
	}
}

func TestRefusalsOfTheDirectory(t *testing.T) {
	cases := map[string]struct {
		key      graph.AssignmentKey
		class    graph.Class
		refusal  graph.Refusal
		resource string
	}{
		"a plain group":         {key(plainGroup, helpdeskAdmin, "/"), graph.Refused, graph.RefusedGroup, ""},
		"a role not for a unit": {key(alice, globalReader, graph.AdministrativeUnitScope(berlin)), graph.Refused, graph.RefusedScope, ""},
		"an unknown principal":  {key(nobody, helpdeskAdmin, "/"), graph.NotFound, "", nobody},
		"an unknown role":       {key(alice, nobody, "/"), graph.NotFound, "", nobody},
	}
	for _, envelope := range []string{"v1", "legacy"} {
		for name, tc := range cases {
			t.Run(envelope+"/"+name, func(t *testing.T) {
				d := newDirectory(t)
				if envelope == "legacy" {
					d.set(t, func(s *graphsim.Settings) { s.Envelope = graphsim.EnvelopeLegacy })
				}
				_, err := d.rolewarden(t).CreateRoleAssignment(t.Context(), tc.key)
				e := failure(t, err)
				got := []any{e.Class, e.Refusal, e.Resource, e.Answered(), e.Permission}
				want := []any{tc.class, tc.refusal, tc.resource, true, graph.PermissionRoleManagementWrite}
				if diff := cmp.Diff(want, got); diff != "" || d.stands(tc.key) {
					t.Errorf("error (-want +got):\n%s%v", diff, e)
				}
			})
		}
	}
}

func TestSelfRemoval(t *testing.T) {
	for _, envelope := range []string{"v1", "legacy"} {
		d := newDirectory(t)
		if envelope == "legacy" {
			d.set(t, func(s *graphsim.Settings) { s.Envelope = graphsim.EnvelopeLegacy })
		}
		c := d.rolewarden(t)
		own, err := c.FindRoleAssignment(t.Context(), key(rolewardenObject, globalAdmin, "/"))
		if err != nil || own == nil {
			t.Fatalf("got %v, %v", own, err)
		}
		e := failure(t, c.DeleteRoleAssignment(t.Context(), own.ID))
		if e.Class != graph.Refused || e.Refusal != graph.RefusedSelfRemoval || !d.stands(own.AssignmentKey) {
			t.Errorf("%s: got %+v", envelope, e)
		}
	}
}

func TestLookups(t *testing.T) {
	d := newDirectory(t)
	c := d.rolewarden(t)
	names := map[string]string{}
	for _, name := range []string{"O'Brien & Söhne", "100% (a+b) #1?", "x' or displayName eq 'Berlin", "''", "東京", "a/b\\c", `"quoted"`, "50% $filter", "+"} {
		for _, collection := range []string{"groups", "administrativeUnits"} {
			properties := map[string]any{"displayName": name}
			if collection == "groups" {
				properties["mailNickname"], properties["mailEnabled"], properties["securityEnabled"] = "x", false, true
			}
			id, err := d.AddObject(contoso, collection, properties)
			if err != nil {
				t.Fatalf("adding %q to %s: %v", name, collection, err)
			}
			names[collection+name] = id
		}
	}
	look := map[string]func(context.Context, string) ([]string, error){
		"users": c.UserIDs, "groups": c.GroupIDs, "servicePrincipals": c.ServicePrincipalIDs, "administrativeUnits": c.AdministrativeUnitIDs,
	}
	check := func(collection, name string, want ...string) {
		t.Helper()
		got, err := look[collection](t.Context(), name)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s %q (-want +got):\n%s%v", collection, name, diff, err)
		}
	}
	check("users", "alice@contoso.com", alice)
	check("users", "alice@fabrikam.com")
	check("groups", "Contoso_Helpdesk_Administrators", helpdeskGroup)
	check("groups", "Nobody's")
	check("servicePrincipals", payrollApp, payroll)
	check("administrativeUnits", "Berlin", berlin)
	for collectionAndName, id := range names {
		for collection := range look {
			if name, ok := strings.CutPrefix(collectionAndName, collection); ok {
				check(collection, name, id)
			}
		}
	}
	second, err := d.AddObject(contoso, "groups", map[string]any{"displayName": "東京", "mailNickname": "y", "mailEnabled": false, "securityEnabled": true})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.GroupIDs(t.Context(), "東京")
	slices.Sort(got)
	want := []string{names["groups東京"], second}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("a name of two groups (-want +got):\n%s%v", diff, err)
	}
}

func TestPagesOfTheDirectory(t *testing.T) {
	d := newDirectory(t)
	c := d.rolewarden(t)
	all, err := c.RoleDefinitions(t.Context())
	if err != nil || len(all) < 50 {
		t.Fatalf("%d roles, %v", len(all), err)
	}
	d.set(t, func(s *graphsim.Settings) { s.PageSize = 7 })
	d.ResetCalls()
	paged, err := c.RoleDefinitions(t.Context())
	byID := func(a, b graph.RoleDefinition) int { return strings.Compare(a.ID, b.ID) }
	slices.SortFunc(all, byID)
	slices.SortFunc(paged, byID)
	if diff := cmp.Diff(all, paged); err != nil || diff != "" {
		t.Errorf("roles, seven at a time (-want +got):\n%s%v", diff, err)
	}
	if n := d.CountCalls()["roleDefinitions.list"]; n != (len(all)+6)/7 {
		t.Errorf("%d pages for %d roles", n, len(all))
	}
	d.fault(t, graphsim.Fault{Match: graphsim.Match{Operation: "roleDefinitions.list"}, Skip: 2, Count: 1, Effect: graphsim.Effect{Status: 503}})
	if roles, err := c.RoleDefinitions(t.Context()); roles != nil || graph.ClassOf(err) != graph.Transient {
		t.Errorf("with an error on page 3: %d roles, %v", len(roles), err)
	}
}
