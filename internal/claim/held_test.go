package claim

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/clock"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/graph/msgraph"
	"github.com/rolewarden/rolewarden/internal/graphsim"
	"github.com/rolewarden/rolewarden/internal/tenant"
)

// What the simulator's directory holds (config/demo/contoso.yaml). Alice and Helpdesk are there, and Payroll is an application.
const (
	simulated       = "5f2c1c6e-9a3b-4d5c-8e7f-0a1b2c3d4e5f"
	rolewardenApp   = "0d1f9a52-6b3e-4c8d-9f10-7a5e2b4c6d81"
	helpdeskGroupID = "4a6ab863-44bb-4474-9bef-4777ad32cdd8"
	berlinID        = "a504e38c-90bf-42d1-b378-4cfd04152637"
	payrollID       = "72d1b059-6d8c-4fae-8045-19cad1e2f304"
	berlinScope     = "/administrativeUnits/" + berlinID
)

// directory is the simulator, with a way into it.
type directory struct {
	*graphsim.Control
	Directory
}

func newDirectory(t *testing.T, permissions ...string) directory {
	t.Helper()
	file, err := os.Open("../../config/demo/contoso.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	seed, err := graphsim.LoadSeed(file)
	if err != nil {
		t.Fatal(err)
	}
	sim, err := graphsim.New(graphsim.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	served, err := graphsim.Serve(t.Context(), sim, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = served.Close() })
	must(t, sim.Control().SetAppPermissions(simulated, rolewardenApp, append(permissions,
		graph.PermissionRoleManagementWrite, graph.PermissionUserRead, graph.PermissionGroupRead, graph.PermissionApplicationRead)))
	c, err := msgraph.New(msgraph.Options{
		TenantID: simulated, Cloud: msgraph.Endpoints(served.URL, served.URL), CABundle: served.CAPEM, Clock: clock.RealClock{},
		Credential: msgraph.ClientSecret{ClientID: rolewardenApp, Secret: "rolewarden-demo-secret"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	of := &v1alpha1.Tenant{Spec: v1alpha1.TenantSpec{TenantID: simulated}}
	return directory{sim.Control(), Directory{Connection: tenant.NewConnection(of, c, "", clock.RealClock{})}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eligibleFor makes a principal eligible for the role.
func (d directory) eligibleFor(t *testing.T, principal, scope string) {
	t.Helper()
	_, err := d.SubmitRequest(simulated, "roleEligibilityScheduleRequests", map[string]any{
		"action": "adminAssign", "principalId": principal, "roleDefinitionId": roleID, "directoryScopeId": scope, "justification": "x",
		"scheduleInfo": map[string]any{"startDateTime": "2026-01-01T00:00:00Z", "expiration": map[string]any{"type": "noExpiration"}},
	})
	must(t, err)
}

// assign gives somebody the role directly.
func (d directory) assign(t *testing.T, principal, scope string) {
	t.Helper()
	_, err := d.AddAssignment(simulated, principal, roleID, scope)
	must(t, err)
}

func grantTo(principal v1alpha1.ObjectID) v1alpha1.AssignmentGrant {
	return v1alpha1.AssignmentGrant{TenantID: simulated, PrincipalID: principal, RoleDefinitionID: roleID, DirectoryScopeID: "/"}
}

// ways are those by which a role is held, as "through at scope", sorted.
func ways(roles []v1alpha1.HeldRole) []string {
	var all []string
	for _, r := range roles {
		all = append(all, r.Through+" at "+r.DirectoryScopeID)
	}
	slices.Sort(all)
	return all
}

// TestStillHeld looks everywhere by what else somebody may have the role.
func TestStillHeld(t *testing.T) {
	const eligible, group = "an eligibility, which can be activated at ", "an eligibility of group Contoso_Helpdesk_Administrators at "
	cases := map[string]struct {
		begin func(*testing.T, directory)
		want  []string
	}{
		"nothing":                      {func(*testing.T, directory) {}, nil},
		"what is revoked itself":       {func(t *testing.T, d directory) { d.assign(t, aliceID, "/") }, nil},
		"another scope":                {func(t *testing.T, d directory) { d.assign(t, aliceID, berlinScope) }, []string{"another assignment at " + berlinScope}},
		"eligible for the same":        {func(t *testing.T, d directory) { d.eligibleFor(t, aliceID, "/") }, []string{eligible + "/"}},
		"eligible elsewhere":           {func(t *testing.T, d directory) { d.eligibleFor(t, aliceID, berlinScope) }, []string{eligible + berlinScope}},
		"an eligible group":            {func(t *testing.T, d directory) { d.eligibleFor(t, helpdeskGroupID, "/") }, []string{group + "/"}},
		"an eligible group, elsewhere": {func(t *testing.T, d directory) { d.eligibleFor(t, helpdeskGroupID, berlinScope) }, []string{group + berlinScope}},
		"a group": {func(t *testing.T, d directory) { d.assign(t, helpdeskGroupID, "/") },
			[]string{"group Contoso_Helpdesk_Administrators at /"}},
		"no licence": {func(t *testing.T, d directory) {
			d.assign(t, helpdeskGroupID, "/")
			must(t, d.SetLicences(simulated))
		}, []string{"group Contoso_Helpdesk_Administrators at /"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDirectory(t)
			_ = d.AddMember(simulated, helpdeskGroupID, aliceID)
			tc.begin(t, d)
			held, err := d.StillHeld(t.Context(), grantTo(aliceID))
			if diff := cmp.Diff(tc.want, ways(held.Roles)); err != nil || diff != "" {
				t.Errorf("(-want +got):\n%s%v", diff, err)
			}
			if (held.Text == "") != (len(tc.want) == 0) {
				t.Errorf("says %q", held.Text)
			}
		})
	}
}

// TestPartlyKnown holds that what cannot be read hides nothing else.
func TestPartlyKnown(t *testing.T) {
	for operation, want := range map[string][]string{
		"roleEligibilitySchedules.list": {"another assignment at " + berlinScope, "group Contoso_Helpdesk_Administrators at /"},
		"directoryObjects.getByIds":     {"an eligibility, which can be activated at /", "another assignment at " + berlinScope},
	} {
		t.Run(operation, func(t *testing.T) {
			d := newDirectory(t)
			_ = d.AddMember(simulated, helpdeskGroupID, aliceID)
			d.assign(t, helpdeskGroupID, "/")
			d.assign(t, aliceID, berlinScope)
			d.eligibleFor(t, aliceID, "/")
			_, err := d.AddFault(graphsim.Fault{Match: graphsim.Match{Operation: operation}, Effect: graphsim.Effect{Status: 503}})
			must(t, err)
			held, err := d.StillHeld(t.Context(), grantTo(aliceID))
			if diff := cmp.Diff(want, ways(held.Roles)); err == nil || diff != "" {
				t.Errorf("(-want +got):\n%s%v", diff, err)
			}
		})
	}
}

// TestManyGroups are not all looked at for what they are eligible for, and that is said.
func TestManyGroups(t *testing.T) {
	d := newDirectory(t)
	for i := range maxGroups + 1 {
		name := fmt.Sprintf("many-%d", i)
		id, err := d.AddObject(simulated, "groups", map[string]any{
			"displayName": name, "mailNickname": name, "mailEnabled": false, "securityEnabled": true, "isAssignableToRole": true,
		})
		must(t, err)
		must(t, d.AddMember(simulated, id, payrollID))
	}
	d.ResetCalls()
	held, err := d.StillHeld(t.Context(), grantTo(payrollID))
	if err != nil || !strings.Contains(held.Text, fmt.Sprintf("more than %d groups", maxGroups)) || len(held.Roles) != 0 {
		t.Errorf("got %+v, %v", held, err)
	}
	if got := d.CountCalls()["roleEligibilitySchedules.list"]; got != maxGroups+1 {
		t.Errorf("asked %d times for eligibilities: %v", got, d.CountCalls())
	}
}

// TestRecycledPrincipal is said to be where it can be restored from, as far as the permissions show it.
func TestRecycledPrincipal(t *testing.T) {
	cases := map[string]struct {
		principal   v1alpha1.ObjectID
		permissions []string
		says        string
		denied      bool
	}{
		"a user":              {aliceID, []string{"User.Read.All"}, "The user Alice Anders is in the directory's recycle bin until ", false},
		"a user, not allowed": {aliceID, nil, "", true},
		"a group":             {helpdeskGroupID, nil, "The group Contoso_Helpdesk_Administrators is in the directory's recycle bin until ", false},
		"a service principal": {payrollID, nil, "The service principal ", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDirectory(t, tc.permissions...)
			must(t, d.RemoveObject(simulated, string(tc.principal)))
			held, err := d.StillHeld(t.Context(), grantTo(tc.principal))
			text, errEligible := d.RestoresEligibility(t.Context(), grantTo(tc.principal))
			for what, got := range map[string]string{"may bring this role back": held.Text, "may bring this eligibility back": text} {
				if !strings.HasPrefix(got, tc.says) || strings.Contains(got, what) == tc.denied || (got == "") != tc.denied {
					t.Errorf("says %q", got)
				}
			}
			if (len(held.Roles) == 0) != tc.denied || (graph.ClassOf(err) == graph.Denied) != tc.denied || (errEligible != nil) != tc.denied {
				t.Errorf("got %+v, %v, %v", held.Roles, err, errEligible)
			}
		})
	}
}

// TestGoneForGood leaves nothing to restore.
func TestGoneForGood(t *testing.T) {
	d := newDirectory(t, "User.Read.All")
	must(t, d.RemoveObject(simulated, aliceID))
	must(t, d.Advance(31*24*time.Hour))
	held, err := d.StillHeld(t.Context(), grantTo(aliceID))
	text, errMember := d.RestoresMembership(t.Context(), v1alpha1.MembershipGrant{GroupID: helpdeskGroupID, MemberID: aliceID})
	if err != nil || errMember != nil || held.Text != "" || text != "" {
		t.Errorf("got %+v, %q, %v, %v", held, text, err, errMember)
	}
}

func TestRestoresMembership(t *testing.T) {
	sure, unsure := "restoring it brings this membership back", "restoring it may bring this membership back"
	cases := map[string]struct {
		member  v1alpha1.ObjectID
		deleted []string
		want    []string
	}{
		"nobody":              {aliceID, nil, nil},
		"the user":            {aliceID, []string{aliceID}, []string{"The user Alice", sure}},
		"the group":           {aliceID, []string{helpdeskGroupID}, []string{"The group Contoso_Helpdesk_Administrators", sure}},
		"both":                {aliceID, []string{aliceID, helpdeskGroupID}, []string{"The user Alice", "The group Contoso_Helpdesk_Administrators", unsure}},
		"a service principal": {payrollID, []string{payrollID}, []string{"The service principal", unsure}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDirectory(t, "User.Read.All")
			for _, id := range tc.deleted {
				must(t, d.RemoveObject(simulated, id))
			}
			d.ResetCalls()
			text, err := d.RestoresMembership(t.Context(), v1alpha1.MembershipGrant{GroupID: helpdeskGroupID, MemberID: tc.member})
			if err != nil || (text == "") != (tc.want == nil) {
				t.Errorf("got %q, %v", text, err)
			}
			for _, part := range tc.want {
				if !strings.Contains(text, part) {
					t.Errorf("%q does not say %q", text, part)
				}
			}
			if calls := d.CountCalls(); calls["directoryObjects.getByIds"] != 1 || calls["deletedItems.get"] != len(tc.deleted) {
				t.Errorf("calls: %v", calls)
			}
		})
	}
}
