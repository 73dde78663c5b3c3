package chaos

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// Op says what a call is for.
type Op string

// The calls that trials own. Those to Kubernetes begin with kube.
const (
	OpGet          Op = "kube.get"             // a live read of a RoleAssignment
	OpFinalizer    Op = "kube.patch.finalizer" // the finalizer is put on
	OpRelease      Op = "kube.patch.release"   // the finalizer is taken off
	OpStatus       Op = "kube.patch.status"    // the ledger, or conditions
	OpTenant       Op = "kube.patch.tenant"
	OpTenantStatus Op = "kube.patch.tenantstatus"

	OpDiscovery Op = "login.discovery"
	OpToken     Op = "login.token"
	OpRoles     Op = "graph.roles"  // the list of role definitions
	OpLookup    Op = "graph.lookup" // a name
	OpRead      Op = "graph.read"   // a principal's role assignments
	OpCreate    Op = "graph.create"
	OpDelete    Op = "graph.delete"
)

// Kube tells whether the call goes to the Kubernetes API.
func (o Op) Kube() bool { return strings.HasPrefix(string(o), "kube.") }

// Writes tells whether the call may change something.
func (o Op) Writes() bool {
	return strings.HasPrefix(string(o), "kube.patch.") || o == OpCreate || o == OpDelete
}

// Grant is the natural key of an assignment.
type Grant = v1alpha1.AssignmentGrant

// Boundary is a place in a flow: the n-th call of a kind within a step, both counted from 1. Step 0 is before the flow
// and after its end.
type Boundary struct {
	Step int
	Op   Op
	Nth  int
}

// String returns the boundary as it stands in a token.
func (b Boundary) String() string { return fmt.Sprintf("%d.%s.%d", b.Step, b.Op, b.Nth) }

// ParseBoundary reads what String wrote.
func ParseBoundary(text string) (Boundary, error) {
	step, rest, _ := strings.Cut(text, ".")
	last := strings.LastIndex(rest, ".")
	if last < 0 {
		return Boundary{}, fmt.Errorf("boundary %q: write step.call.nth", text)
	}
	s, errStep := strconv.Atoi(step)
	n, errNth := strconv.Atoi(rest[last+1:])
	if errStep != nil || errNth != nil {
		return Boundary{}, fmt.Errorf("boundary %q: write step.call.nth", text)
	}
	return Boundary{Step: s, Op: Op(rest[:last]), Nth: n}, nil
}

// Call is one call of a manager that belongs to a trial.
type Call struct {
	Boundary
	// Trial is the token of the trial, and Number how many calls it had before this one, plus one.
	Trial  string
	Number int
	// Object is the name of the Kubernetes object, for calls to Kubernetes.
	Object string
	// Grant is the key that the call is about, as far as the call says it: a read names a principal only.
	Grant Grant
}
