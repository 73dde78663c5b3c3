package lifecycle_test

import (
	"context"
	"fmt"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

const (
	contoso  = "11111111-1111-4111-8111-111111111111"
	alice    = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
	bob      = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
	carol    = "cccccccc-cccc-4ccc-8ccc-cccccccccccc"
	helpdesk = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
)

type (
	found            = lifecycle.Found[grant]
	external         = lifecycle.External[*v1alpha1.RoleAssignment, grant]
	lifecycleOptions = lifecycle.Options[*v1alpha1.RoleAssignment, grant]
)

func key(principal string) grant {
	return grant{TenantID: contoso, PrincipalID: v1alpha1.ObjectID(principal), RoleDefinitionID: helpdesk, DirectoryScopeID: "/"}
}

// short is a key's name in a log.
func short(k grant) string {
	names := map[string]string{alice: "alice", bob: "bob", carol: "carol"}
	name := names[string(k.PrincipalID)]
	if k.DirectoryScopeID != "/" {
		name += " at " + k.DirectoryScopeID
	}
	return name
}

// kind is RoleAssignments against the directory in memory, each call counted and open to faults.
type kind struct{ w *world }

func (k kind) New() *v1alpha1.RoleAssignment { return &v1alpha1.RoleAssignment{} }

func (k kind) Identity(obj *v1alpha1.RoleAssignment) fmt.Stringer {
	return identity{obj.Spec.TenantRef, obj.Spec.Principal, obj.Spec.Role, obj.Spec.Scope}
}

// identity are the fields of a spec that name the grant.
type identity []any

func (i identity) String() string { return fmt.Sprint([]any(i)...) }

func (k kind) Connect(context.Context, *v1alpha1.RoleAssignment) (external, error) { return k.reach() }

func (k kind) Reconnect(context.Context, grant) (external, error) { return k.reach() }

func (k kind) reach() (external, error) {
	if k.w.tenantAway {
		return nil, &lifecycle.Problem{Reason: v1alpha1.ReasonTenantNotReady, Message: "The Tenant is not connected", Unreachable: true}
	}
	if k.w.shape != nil {
		return shapedWay{way(k), k.w.shape}, nil
	}
	return way(k), nil
}

func (k kind) Claimants(_ context.Context, ledger grant) ([]client.ObjectKey, error) {
	return holding(k.w.cached(), ledger), nil
}

func (k kind) LiveClaimants(_ context.Context, ledger grant) ([]client.ObjectKey, error) {
	return holding(k.w.all(), ledger), nil
}

// holding names those of the objects whose ledger is this one.
func holding(objects map[client.ObjectKey]*v1alpha1.RoleAssignment, ledger grant) []client.ObjectKey {
	var names []client.ObjectKey
	for name, obj := range objects {
		if obj.Status.Grant == ledger {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b client.ObjectKey) int { return len(a.Name) - len(b.Name) })
	return names
}

// way is the way into the directory.
type way struct{ w *world }

func (e way) Tenant() client.Object {
	t := &v1alpha1.Tenant{}
	t.Name = "contoso"
	return t
}

func (e way) Resolve(_ context.Context, obj *v1alpha1.RoleAssignment) (k grant, err error) {
	err = e.w.call("resolve", func() error {
		if f := e.w.dir.next("resolve"); f.err != nil {
			return f.err
		}
		k, err = e.w.meaning(obj)
		return err
	})
	return k, err
}

func (e way) Read(_ context.Context, k grant) (f *found, err error) {
	err = e.w.call("read", func() error {
		f, err = e.w.dir.read(k)
		return err
	})
	return f, err
}

func (e way) Authorize(_ context.Context, _ *v1alpha1.RoleAssignment, k grant) error {
	e.w.checkWrittenAhead(k)
	if e.w.closing {
		return &lifecycle.Problem{Reason: v1alpha1.ReasonTenantNotReady, Message: "The Tenant is being deleted", Stalled: true}
	}
	return nil
}

func (e way) Create(_ context.Context, obj *v1alpha1.RoleAssignment, k grant) (f found, err error) {
	err = e.w.call("create", func() error {
		e.w.checkWrittenAhead(k)
		f, err = e.w.dir.create(k)
		return explain(obj, err)
	})
	return f, err
}

func (e way) AuthorizeRevoke(context.Context, *v1alpha1.RoleAssignment, grant) error {
	if e.w.occupied {
		return &lifecycle.Problem{Reason: v1alpha1.ReasonStillAssigned, Message: "Something still stands on it"}
	}
	return nil
}

func (e way) Delete(_ context.Context, f found) error {
	return e.w.call("delete", func() error { return e.w.dir.delete(f.ID) })
}

// explain does in small what a kind does.
func explain(obj *v1alpha1.RoleAssignment, err error) error {
	if graph.ClassOf(err) != graph.NotFound {
		return err
	}
	p := &lifecycle.Problem{Reason: v1alpha1.ReasonPrincipalNotFound, Message: "The directory has no such principal", Err: err}
	if obj.Status.Origin != "" {
		p.Reason, p.Message, p.Stalled = v1alpha1.ReasonPrincipalGone, "The principal has left the directory", true
		p.Unpin = true
	}
	return p
}

// meaning resolves a spec against the directory as it is.
func (w *world) meaning(obj *v1alpha1.RoleAssignment) (grant, error) {
	if id := string(obj.Spec.Principal.ID); id != "" {
		return key(id), nil
	}
	id, ok := w.dir.users[string(obj.Spec.Principal.User)]
	if !ok || w.dir.gone[id] {
		return grant{}, &lifecycle.Problem{Reason: v1alpha1.ReasonPrincipalNotFound, Message: fmt.Sprintf("The directory has no user %q", obj.Spec.Principal.User)}
	}
	return key(id), nil
}
