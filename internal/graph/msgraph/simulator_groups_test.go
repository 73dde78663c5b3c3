package msgraph

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// newGroupDirectory returns a directory whose rolewarden may change groups, too.
func newGroupDirectory(t *testing.T) *directory {
	t.Helper()
	d := newDirectory(t)
	err := d.SetAppPermissions(contoso, rolewardenApp, []string{
		graph.PermissionRoleManagementWrite, graph.PermissionGroupWrite, graph.PermissionUserRead, graph.PermissionApplicationRead,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestLifeOfAGroup creates, finds, changes and deletes groups for real.
func TestLifeOfAGroup(t *testing.T) {
	d := newGroupDirectory(t)
	c := d.rolewarden(t)
	groups := map[string]graph.Group{
		"role-assignable": {UniqueName: "demo_a", DisplayName: "A", MailNickname: "demo_a", AssignableToRoles: true},
		"plain":           {UniqueName: "demo_b", DisplayName: "O'Brien & Söhne", Description: "Ours", MailNickname: "demo_b"},
		"Microsoft 365":   {UniqueName: "demo_c", DisplayName: "C", MailNickname: "demo_c", Unified: true},
		"both":            {UniqueName: "it's (ours) + 東京", DisplayName: "D", MailNickname: "demo_d", Unified: true, AssignableToRoles: true},
	}
	for name, wanted := range groups {
		t.Run(name, func(t *testing.T) { groupsLife(t, c, wanted) })
	}
}

func groupsLife(t *testing.T, c *Client, wanted graph.Group) {
	if found, err := c.GroupByUniqueName(t.Context(), wanted.UniqueName); found != nil || err != nil {
		t.Fatalf("before: %v, %v", found, err)
	}
	created, err := c.CreateGroup(t.Context(), wanted)
	if err != nil {
		t.Fatal(err)
	}
	wanted.ID = created.ID
	checkGroup(t, c, wanted)
	if diff := cmp.Diff(wanted, created); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	_, err = c.CreateGroup(t.Context(), wanted)
	if e := failure(t, err); e.Class != graph.Exists {
		t.Errorf("created again: %+v", e)
	}
	for _, description := range []string{"Theirs", ""} {
		wanted.DisplayName, wanted.Description = "Renamed", description
		if err := c.UpdateGroup(t.Context(), wanted.ID, wanted); err != nil {
			t.Fatal(err)
		}
		checkGroup(t, c, wanted)
	}
	if err := c.DeleteGroup(t.Context(), wanted.ID); err != nil {
		t.Fatal(err)
	}
	if e := failure(t, c.DeleteGroup(t.Context(), wanted.ID)); e.Class != graph.NotFound {
		t.Errorf("deleted again: %+v", e)
	}
	if found, err := c.GroupByUniqueName(t.Context(), wanted.UniqueName); found != nil || err != nil {
		t.Errorf("after: %v, %v", found, err)
	}
}

func checkGroup(t *testing.T, c *Client, want graph.Group) {
	t.Helper()
	found, err := c.GroupByUniqueName(t.Context(), want.UniqueName)
	if diff := cmp.Diff(&want, found); err != nil || diff != "" {
		t.Errorf("found (-want +got):\n%s%v", diff, err)
	}
}

// TestLifeOfAMember adds and removes, and sees that nobody is deleted.
func TestLifeOfAMember(t *testing.T) {
	d := newGroupDirectory(t)
	c := d.rolewarden(t)
	created, err := c.CreateGroup(t.Context(), graph.Group{UniqueName: "a", DisplayName: "A", MailNickname: "a", AssignableToRoles: true})
	if err != nil {
		t.Fatal(err)
	}
	grant(t, d, c, key(created.ID, helpdeskAdmin, graph.TenantScope))
	for name, member := range map[string]string{"user": alice, "service principal": payroll} {
		t.Run(name, func(t *testing.T) { membersLife(t, c, created.ID, member) })
	}
	if ids, err := c.UserIDs(t.Context(), "alice@contoso.com"); err != nil || !slices.Equal(ids, []string{alice}) {
		t.Errorf("alice is %v, %v", ids, err)
	}
	if ids, err := c.ServicePrincipalIDs(t.Context(), payrollApp); err != nil || !slices.Equal(ids, []string{payroll}) {
		t.Errorf("payroll is %v, %v", ids, err)
	}
}

func membersLife(t *testing.T, c *Client, group, member string) {
	if e := failure(t, c.RemoveMember(t.Context(), group, member)); e.Class != graph.NotFound {
		t.Errorf("removed before: %+v", e)
	}
	if err := c.AddMember(t.Context(), group, member); err != nil {
		t.Fatal(err)
	}
	if in, err := c.IsMember(t.Context(), group, strings.ToUpper(member)); !in || err != nil {
		t.Errorf("added: %v, %v", in, err)
	}
	if e := failure(t, c.AddMember(t.Context(), group, member)); e.Class != graph.Exists {
		t.Errorf("added again: %+v", e)
	}
	checkHeldThrough(t, c, group, member)
	if err := c.RemoveMember(t.Context(), group, member); err != nil {
		t.Fatal(err)
	}
	if in, err := c.IsMember(t.Context(), group, member); in || err != nil {
		t.Errorf("removed: %v, %v", in, err)
	}
}

// checkHeldThrough holds that the group and its role show where somebody asks what the membership confers.
func checkHeldThrough(t *testing.T, c *Client, group, member string) {
	t.Helper()
	through, err := c.GroupsOf(t.Context(), member)
	if err != nil || !slices.ContainsFunc(through, func(g graph.Group) bool { return g.ID == group && g.DisplayName == "A" && g.AssignableToRoles }) {
		t.Errorf("groups %+v, %v", through, err)
	}
	if held, err := c.AssignmentsOf(t.Context(), group); err != nil || len(held) != 1 || held[0].RoleDefinitionID != helpdeskAdmin {
		t.Errorf("roles of the group: %+v, %v", held, err)
	}
}

func TestRefusalsOfGroups(t *testing.T) {
	d := newGroupDirectory(t)
	c := d.rolewarden(t)
	cases := map[string]struct {
		err   error
		class graph.Class
	}{
		"nobody added":            {c.AddMember(t.Context(), helpdeskGroup, nobody), graph.NotFound},
		"added to nothing":        {c.AddMember(t.Context(), nobody, alice), graph.NotFound},
		"a group in a group":      {c.AddMember(t.Context(), helpdeskGroup, plainGroup), graph.Refused},
		"members of nothing":      {second(c.IsMember(t.Context(), nobody, alice)), graph.NotFound},
		"an update of nothing":    {c.UpdateGroup(t.Context(), nobody, teamA()), graph.NotFound},
		"without the permissions": {second(d.as(t, ClientSecret{ClientID: auditorApp, Secret: auditorSecret}).CreateGroup(t.Context(), teamA())), graph.Denied},
	}
	for name, tc := range cases {
		if e := failure(t, tc.err); e.Class != tc.class || !e.Answered() {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if groups, err := c.GroupsOf(t.Context(), nobody); groups != nil || failure(t, err).Class != graph.NotFound {
		t.Errorf("groups of nobody: %v, %v", groups, err)
	}
}

// TestLifeOfACustomRole creates, reads, changes and deletes one for real, under an ID that we choose.
func TestLifeOfACustomRole(t *testing.T) {
	d := newDirectory(t)
	c := d.rolewarden(t)
	wanted := ours(toUpdate, toRead)
	if found, err := c.CustomRole(t.Context(), aRole); found != nil || err != nil {
		t.Fatalf("before: %v, %v", found, err)
	}
	created, err := c.CreateCustomRole(t.Context(), wanted)
	if diff := cmp.Diff(wanted, created); err != nil || diff != "" {
		t.Fatalf("created (-want +got):\n%s%v", diff, err)
	}
	_, err = c.CreateCustomRole(t.Context(), wanted)
	if e := failure(t, err); e.Class != graph.Exists {
		t.Errorf("created again: %+v", e)
	}
	for _, description := range []string{"Some of it", ""} {
		wanted.DisplayName, wanted.Description, wanted.Enabled, wanted.Actions = "Renamed", description, false, []string{toRead}
		if err := c.UpdateCustomRole(t.Context(), wanted); err != nil {
			t.Fatal(err)
		}
		found, err := c.CustomRole(t.Context(), aRole)
		if diff := cmp.Diff(&wanted, found); err != nil || diff != "" {
			t.Errorf("updated (-want +got):\n%s%v", diff, err)
		}
	}
	if err := c.DeleteCustomRole(t.Context(), aRole); err != nil {
		t.Fatal(err)
	}
	if e := failure(t, c.DeleteCustomRole(t.Context(), aRole)); e.Class != graph.NotFound {
		t.Errorf("deleted again: %+v", e)
	}
	if found, err := c.CustomRole(t.Context(), aRole); found != nil || err != nil {
		t.Errorf("after: %v, %v", found, err)
	}
}

func TestRefusalsOfRoles(t *testing.T) {
	d := newDirectory(t)
	c := d.rolewarden(t)
	if _, err := c.CustomRole(t.Context(), globalAdmin); failure(t, err).Class != graph.Refused {
		t.Errorf("a role that is built in: %v", err)
	}
	odd := ours("microsoft.office365.exchange/allEntities/basic/allTasks")
	if _, err := c.CreateCustomRole(t.Context(), odd); failure(t, err).Class != graph.Refused {
		t.Errorf("an action of no custom role: %v", err)
	}
}
