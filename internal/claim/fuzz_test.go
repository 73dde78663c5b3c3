package claim

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
)

// FuzzLedger puts any JSON into the status. What can be decoded names no grant, one in its one spelling, or one that is
// refused before a call is made; and it survives being written.
func FuzzLedger(f *testing.F) {
	ledger := func(tenant, principal, role, scope string) string {
		return fmt.Sprintf(`{"grant":{"tenantID":%q,"principalID":%q,"roleDefinitionID":%q,"directoryScopeID":%q},"assignmentID":"a-1"}`, tenant, principal, role, scope)
	}
	for _, text := range []string{
		ledger(contosoID, aliceID, roleID, "/"), ledger(contosoID, strings.ToUpper(aliceID), roleID, "/ADMINISTRATIVEUNITS/"+unitID), ledger("", "", "", ""),
		ledger(contosoID, aliceID, roleID, "/"+strings.ToUpper(unitID)), ledger(contosoID, aliceID, roleID, "Berlin"), ledger(strings.ToUpper(unitID), "x", roleID, "/attributeSets/Engineering"),
		`{"grant":null}`, `{"grant":{"directoryScopeID":"/"}}`, `{"grant":{},"conditions":[{}],"lastCreateTime":"2026-01-01T00:00:00.000000Z","observedGeneration":-1}`, `{"grant":[]}`, `null`,
	} {
		f.Add([]byte(text), uint64(0x5555555555555555))
	}
	f.Fuzz(func(t *testing.T, status []byte, capitals uint64) {
		var obj v1alpha1.RoleAssignment
		if json.Unmarshal(status, &obj.Status) != nil {
			return // as the API server and its clients refuse it
		}
		grant := obj.GetGrant()
		if (grant == nil) != (obj.Status.Grant == v1alpha1.AssignmentGrant{}) || (grant == nil) != (assignments().index(&obj) == nil) {
			t.Fatalf("%s: the ledger is %v", status, grant)
		}
		if grant == nil {
			return
		}
		if key, err := KeyOf(*grant).Canonical(); err == nil && key != KeyOf(*grant) {
			t.Errorf("the ledger is %v and not in its one spelling, %v", grant, key)
		}
		checkWritten(t, obj, *grant)
		checkSpelling(t, obj, *grant, capitals)
	})
}

// checkWritten holds that a ledger which is written is the one that is read.
func checkWritten(t *testing.T, obj v1alpha1.RoleAssignment, grant v1alpha1.AssignmentGrant) {
	t.Helper()
	obj.SetGrant(&grant, obj.Status.AssignmentID)
	text, err := json.Marshal(obj.Status)
	if err != nil {
		t.Fatal(err)
	}
	var again v1alpha1.RoleAssignment
	if err := json.Unmarshal(text, &again.Status); err != nil || again.GetGrant() == nil || *again.GetGrant() != grant {
		t.Errorf("%v is written as %s and read as %v, %v", grant, text, again.GetGrant(), err)
	}
}

// checkSpelling holds that the same grant in other letters is the same ledger, and found by the same text.
func checkSpelling(t *testing.T, obj v1alpha1.RoleAssignment, grant v1alpha1.AssignmentGrant, capitals uint64) {
	t.Helper()
	if _, err := KeyOf(grant).Canonical(); err != nil || !graph.IsID(string(grant.TenantID)) {
		return
	}
	mix := func(text string) string {
		return strings.Map(func(r rune) rune {
			if capitals = capitals<<1 | capitals>>63; capitals&1 == 1 {
				return unicode.ToUpper(r)
			}
			return r
		}, text)
	}
	other := v1alpha1.RoleAssignment{}
	other.Status.Grant = v1alpha1.AssignmentGrant{
		TenantID: v1alpha1.ObjectID(mix(string(grant.TenantID))), PrincipalID: v1alpha1.ObjectID(mix(string(grant.PrincipalID))),
		RoleDefinitionID: v1alpha1.ObjectID(mix(string(grant.RoleDefinitionID))), DirectoryScopeID: mix(grant.DirectoryScopeID),
	}
	if diff := cmp.Diff(obj.GetGrant(), other.GetGrant()); diff != "" {
		t.Errorf("%v is another grant than %v (-one +other):\n%s", other.Status.Grant, obj.Status.Grant, diff)
	}
	if diff := cmp.Diff(assignments().index(&obj), assignments().index(&other)); diff != "" {
		t.Errorf("not found by the same text (-one +other):\n%s", diff)
	}
}
