package claim

import (
	"errors"
	"strings"
	"testing"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
	"github.com/rolewarden/rolewarden/internal/tenant"
)

const (
	contosoID = "11111111-1111-4111-8111-111111111111"
	aliceID   = "ace08ec9-aa11-4ada-9145-addf0398233e"
	roleID    = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
	unitID    = "dc626e71-4837-40eb-be4a-bc29d88a1178"
)

// judgement is what of a Problem decides how the object is treated.
type judgement struct {
	reason               v1alpha1.Reason
	stalled, unreachable bool
}

func judge(t *testing.T, err error) judgement {
	t.Helper()
	p, ok := errors.AsType[*lifecycle.Problem](err)
	if !ok {
		t.Fatalf("%v is no Problem", err)
	}
	if p.Message == "" {
		t.Error("the problem says nothing")
	}
	return judgement{reason: p.Reason, stalled: p.Stalled, unreachable: p.Unreachable}
}

func TestOnly(t *testing.T) {
	cases := map[string]struct {
		ids  []string
		id   string
		want judgement
	}{
		"one":  {ids: []string{aliceID}, id: aliceID},
		"none": {want: judgement{reason: v1alpha1.ReasonPrincipalNotFound}},
		"two":  {ids: []string{aliceID, unitID}, want: judgement{reason: v1alpha1.ReasonNameAmbiguous, stalled: true}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			id, err := only("user", "alice", v1alpha1.ReasonPrincipalNotFound, tc.ids)
			if id != tc.id {
				t.Errorf("got %q, want %q", id, tc.id)
			}
			if tc.want == (judgement{}) {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if got := judge(t, err); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestExplainCreate(t *testing.T) {
	key := graph.AssignmentKey{PrincipalID: aliceID, RoleDefinitionID: roleID, DirectoryScopeID: graph.AdministrativeUnitScope(unitID)}
	absent := func(id string) error { return &graph.Error{Class: graph.NotFound, Resource: id} }
	cases := map[string]struct {
		err    error
		origin v1alpha1.Origin
		want   judgement
	}{
		"a principal that is new":        {err: absent(aliceID), want: judgement{reason: v1alpha1.ReasonPrincipalNotFound}},
		"a principal that had the role":  {err: absent(aliceID), origin: v1alpha1.OriginCreated, want: judgement{reason: v1alpha1.ReasonPrincipalGone, stalled: true}},
		"a principal that was adopted":   {err: absent(aliceID), origin: v1alpha1.OriginAdopted, want: judgement{reason: v1alpha1.ReasonPrincipalGone, stalled: true}},
		"a role":                         {err: absent(roleID), want: judgement{reason: v1alpha1.ReasonRoleNotFound}},
		"a role that was granted before": {err: absent(roleID), origin: v1alpha1.OriginCreated, want: judgement{reason: v1alpha1.ReasonRoleNotFound}},
		"a unit":                         {err: absent(unitID), want: judgement{reason: v1alpha1.ReasonScopeNotFound}},
		"nothing is named":               {err: absent(""), want: judgement{reason: v1alpha1.ReasonPrincipalNotFound}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			obj := &v1alpha1.RoleAssignment{}
			obj.Status.Origin = tc.origin
			err := ExplainCreate(tc.err, &obj.Status.ClaimStatus, key)
			if got := judge(t, err); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
			if graph.ClassOf(err) != graph.NotFound || graph.Unanswered(err) {
				t.Error("the class of the answer is lost")
			}
		})
	}
}

func TestExplainCreateLeavesTheRestAlone(t *testing.T) {
	for name, err := range map[string]error{
		"denied": &graph.Error{Class: graph.Denied}, "unanswered": &graph.Error{Class: graph.Transient},
		"exists": &graph.Error{Class: graph.Exists}, "another's": errors.New("x"),
	} {
		t.Run(name, func(t *testing.T) {
			if got := ExplainCreate(err, &v1alpha1.ClaimStatus{}, graph.AssignmentKey{}); !errors.Is(got, err) || graph.ClassOf(got) != graph.ClassOf(err) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestExplainTenant(t *testing.T) {
	cases := map[string]struct {
		err  *tenant.ChoiceError
		want judgement
	}{
		"not there":     {&tenant.ChoiceError{Reason: v1alpha1.ReasonTenantNotFound, Message: "m"}, judgement{reason: v1alpha1.ReasonTenantNotFound}},
		"not connected": {&tenant.ChoiceError{Reason: v1alpha1.ReasonTenantNotReady, Message: "m", Exists: true}, judgement{reason: v1alpha1.ReasonTenantNotReady, unreachable: true}},
		"too many":      {&tenant.ChoiceError{Reason: v1alpha1.ReasonTenantNotFound, Message: "m", Final: true}, judgement{reason: v1alpha1.ReasonTenantNotFound, stalled: true}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := judge(t, explainTenant(tc.err)); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
	if other := errors.New("x"); !errors.Is(explainTenant(other), other) {
		t.Error("an error of the API server's is lost")
	}
}

// in is a directory of that ID.
func in(tenantID string) Directory {
	return Directory{Connection: &tenant.Connection{TenantID: tenantID}}
}

// assignments are RoleAssignments, as far as these tests need them.
func assignments() *Kind[*v1alpha1.RoleAssignment, v1alpha1.AssignmentGrant] {
	return &Kind[*v1alpha1.RoleAssignment, v1alpha1.AssignmentGrant]{
		TenantID: func(grant v1alpha1.AssignmentGrant) v1alpha1.ObjectID { return grant.TenantID },
	}
}

func TestKeyAndGrant(t *testing.T) {
	key := graph.AssignmentKey{PrincipalID: aliceID, RoleDefinitionID: roleID, DirectoryScopeID: "/"}
	grant := in(contosoID).GrantOf(key)
	if got := KeyOf(grant); got != key || grant.TenantID != contosoID {
		t.Errorf("got %v of %v", got, grant)
	}
}

func TestConcerns(t *testing.T) {
	contoso := &v1alpha1.Tenant{}
	contoso.Name, contoso.Spec.TenantID = "contoso", v1alpha1.ObjectID(strings.ToUpper(unitID))
	cases := map[string]struct {
		ref   string
		grant string
		want  bool
	}{
		"no tenant named":               {want: true},
		"named":                         {ref: "contoso", want: true},
		"another named":                 {ref: "fabrikam"},
		"another named, grant here":     {ref: "fabrikam", grant: unitID, want: true},
		"another named, grant there":    {ref: "fabrikam", grant: contosoID},
		"named, grant in another still": {ref: "contoso", grant: contosoID, want: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			obj := &v1alpha1.RoleAssignment{}
			obj.Spec.TenantRef.Name = tc.ref
			if tc.grant != "" {
				grant := in(tc.grant).GrantOf(graph.AssignmentKey{PrincipalID: aliceID, RoleDefinitionID: roleID, DirectoryScopeID: "/"})
				obj.SetGrant(&grant, "")
			}
			if got := assignments().concerns(obj, contoso); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}
