package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// reasonsByKind are the reasons that an object of each kind may have.
func reasonsByKind() map[string][]v1alpha1.Reason {
	all := []v1alpha1.Reason{ // what stands for something in a directory
		v1alpha1.ReasonGranted, v1alpha1.ReasonReplicating, v1alpha1.ReasonRevoking, v1alpha1.ReasonNotGranted,
		v1alpha1.ReasonSuspended,
		v1alpha1.ReasonTenantNotFound, v1alpha1.ReasonTenantNotReady, v1alpha1.ReasonAlreadyExists, v1alpha1.ReasonPermissionDenied,
		v1alpha1.ReasonLimitExceeded, v1alpha1.ReasonRequestRefused, v1alpha1.ReasonThrottled, v1alpha1.ReasonDirectoryUnavailable,
	}
	assignment := slices.Concat(all, []v1alpha1.Reason{
		v1alpha1.ReasonPrincipalNotFound, v1alpha1.ReasonRoleNotFound, v1alpha1.ReasonScopeNotFound, v1alpha1.ReasonNameAmbiguous,
		v1alpha1.ReasonGroupNotReady, v1alpha1.ReasonRoleDefinitionNotReady, v1alpha1.ReasonPrincipalGone, v1alpha1.ReasonWrongGrant,
		v1alpha1.ReasonGroupNotRoleAssignable, v1alpha1.ReasonRoleNotAllowedAtScope, v1alpha1.ReasonInvalidSpec, v1alpha1.ReasonLicenseRequired,
		v1alpha1.ReasonScheduled, v1alpha1.ReasonExpired, v1alpha1.ReasonPendingApproval, v1alpha1.ReasonPendingProvisioning,
		v1alpha1.ReasonDenied, v1alpha1.ReasonFailed, v1alpha1.ReasonPolicyFailed, v1alpha1.ReasonActiveTooShort,
	})
	return map[string][]v1alpha1.Reason{
		"RoleAssignment":  slices.Concat(assignment, []v1alpha1.Reason{v1alpha1.ReasonActivated, v1alpha1.ReasonSelfRemovalRefused}),
		"RoleEligibility": assignment,
		"Group": slices.Concat(all, []v1alpha1.Reason{
			v1alpha1.ReasonStillAssigned, v1alpha1.ReasonSoftDeleted, v1alpha1.ReasonInvalidSpec, v1alpha1.ReasonWrongGrant,
		}),
		"GroupMembership": slices.Concat(all, []v1alpha1.Reason{
			v1alpha1.ReasonGroupNotReady, v1alpha1.ReasonGroupNotFound, v1alpha1.ReasonMemberNotFound, v1alpha1.ReasonNameAmbiguous,
			v1alpha1.ReasonInvalidSpec,
		}),
		"RoleDefinition": slices.Concat(all, []v1alpha1.Reason{v1alpha1.ReasonStillAssigned, v1alpha1.ReasonWrongGrant}),
		"Tenant": {
			v1alpha1.ReasonConnected, v1alpha1.ReasonCredentialMissing, v1alpha1.ReasonCredentialRejected, v1alpha1.ReasonPermissionMissing,
			v1alpha1.ReasonDuplicateTenant, v1alpha1.ReasonInUse, v1alpha1.ReasonThrottled, v1alpha1.ReasonDirectoryUnavailable,
		},
	}
}

// TestReasonsOfKinds: the page of a kind has a row for each reason that an object of it may have, and for no other; what to do
// about a reason is said in each.
func TestReasonsOfKinds(t *testing.T) {
	for kind, want := range reasonsByKind() {
		explained := map[v1alpha1.Reason]bool{}
		for _, row := range rows(section(pageOf(t, kind), "Conditions and reasons")) {
			if len(row) != 4 || slices.Contains(row, "") {
				t.Errorf("%s: want conditions, reason, what it means and what to do, got %q", kind, row)
				continue
			}
			for _, reason := range quoted(row[1]) {
				explained[v1alpha1.Reason(reason)] = true
			}
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(maps.Keys(explained))); diff != "" {
			t.Errorf("the page of %s (-want +got):\n%s", kind, diff)
		}
	}
}

// TestReasonsAreSomeKinds: each reason is one of some kind, and each that the package of a kind speaks of is one of that kind.
func TestReasonsAreSomeKinds(t *testing.T) {
	values := reasonsOf(t, root+"/api/v1alpha1/condition_types.go")
	known := map[string]bool{}
	for kind, reasons := range reasonsByKind() {
		for _, reason := range reasons {
			known[string(reason)] = true
		}
		for name := range reasonsIn(t, filepath.Join(root, "controllers", strings.ToLower(kind))) {
			if !slices.Contains(reasons, v1alpha1.Reason(values[name])) {
				t.Errorf("%s is not among the reasons of %s, whose package speaks of it", name, kind)
			}
		}
	}
	for name, value := range values {
		if !known[value] {
			t.Errorf("%s is a reason of no kind", name)
		}
	}
}

// reasonsIn returns the names of the reasons that the source in a directory mentions, tests apart.
func reasonsIn(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no source in %s: %v", dir, err)
	}
	names := map[string]bool{}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		ast.Inspect(parse(t, path), func(node ast.Node) bool {
			if selected, ok := node.(*ast.SelectorExpr); ok && isReason(selected) {
				names[selected.Sel.Name] = true
			}
			return true
		})
	}
	return names
}

func isReason(selected *ast.SelectorExpr) bool {
	api, ok := selected.X.(*ast.Ident)
	name, is := strings.CutPrefix(selected.Sel.Name, "Reason")
	return ok && api.Name == "v1alpha1" && is && name != ""
}

func parse(t *testing.T, path string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// reasonsOf returns the constants of type Reason, by name.
func reasonsOf(t *testing.T, path string) map[string]string {
	t.Helper()
	return constants(t, path, func(_ string, spec *ast.ValueSpec) bool {
		kind, ok := spec.Type.(*ast.Ident)
		return ok && kind.Name == "Reason"
	})
}

// constants returns the values of the string constants that are wanted, by name.
func constants(t *testing.T, path string, wanted func(name string, spec *ast.ValueSpec) bool) map[string]string {
	t.Helper()
	values := map[string]string{}
	ast.Inspect(parse(t, path), func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) == 0 || !wanted(spec.Names[0].Name, spec) {
			return true
		}
		literal, _ := spec.Values[0].(*ast.BasicLit)
		value, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		values[spec.Names[0].Name] = value
		return false
	})
	return values
}
