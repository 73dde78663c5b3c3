package lifecycle

import (
	"context"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// Ledger is the natural key of what may exist in the directory because of an object. Ledgers with one text are of one thing in
// the directory, however it came to be there.
type Ledger interface {
	comparable
	fmt.Stringer
}

// Object is the API type of a kind. L is its ledger.
type Object[L Ledger] interface {
	client.Object

	// GetClaimSpec returns the shared part of the spec.
	GetClaimSpec() *v1alpha1.ClaimSpec
	// GetClaimStatus returns the shared part of the status.
	GetClaimStatus() *v1alpha1.ClaimStatus
	// GetGrant returns the ledger, nil when nothing was ever claimed.
	GetGrant() *L
	// SetGrant writes the ledger, and the directory's ID of the grant, which is for people and never decides what is deleted.
	SetGrant(ledger *L, id string)
}

// Kind is what a kind supplies to the shell, beside its way into the directory.
type Kind[T Object[L], L Ledger] interface {
	Lister[L]

	// New returns an empty object.
	New() T
	// Identity returns the fields of the spec that name the grant. While their JSON is unchanged names stay pinned. Its text
	// is the grant in the user's own words.
	Identity(obj T) fmt.Stringer
	// Connect returns the way into the directory that the spec means.
	Connect(ctx context.Context, obj T) (External[T, L], error)
	// Reconnect returns the way into the directory that the ledger names, whatever the spec says now.
	Reconnect(ctx context.Context, ledger L) (External[T, L], error)
}

// Lister finds the objects that hold a grant.
type Lister[L Ledger] interface {
	// Claimants lists the objects whose ledger, as far as the cache knows, is this one.
	Claimants(ctx context.Context, ledger L) ([]client.ObjectKey, error)
	// LiveClaimants lists the same as the API server knows them, which costs as much as reading all objects of the kind.
	LiveClaimants(ctx context.Context, ledger L) ([]client.ObjectKey, error)
}

// External is a kind's way into one directory. An error that is, or wraps, a *graph.Error says what became of the call;
// one that is a *Problem says also what the object shall say.
type External[T Object[L], L Ledger] interface {
	Reads[T, L]
	Writes[T, L]

	// Tenant is the directory, for events that the object's own namespace no longer accepts.
	Tenant() client.Object
}

// Reads are the calls that change nothing.
type Reads[T Object[L], L Ledger] interface {
	// Resolve turns the spec into the natural key, looking up the names in it.
	Resolve(ctx context.Context, obj T) (L, error)
	// Read looks the key up live. It returns nil when the directory shows nothing.
	Read(ctx context.Context, ledger L) (*Found[L], error)
}

// Writes are the calls that grant and revoke, with what has to be asked before them.
type Writes[T Object[L], L Ledger] interface {
	// Authorize tells, once the ledger is written, whether the grant may be made now; a *Problem says why not.
	Authorize(ctx context.Context, obj T, ledger L) error
	// Create sends the create call, once.
	Create(ctx context.Context, obj T, ledger L) (Found[L], error)
	// AuthorizeRevoke tells whether what stands may be removed now; a *Problem says what has to go first, and an error of class
	// NotFound that it is not what was granted.
	AuthorizeRevoke(ctx context.Context, obj T, ledger L) error
	// Delete sends the delete call, once, for what was found under the ledger's key.
	Delete(ctx context.Context, found Found[L]) error
}

// Editor is a way into a directory in which a grant can be changed in place, other than by its key.
type Editor[T Object[L], L Ledger] interface {
	// Differs tells whether what was found is other than the spec asks for.
	Differs(obj T, found Found[L]) bool
	// Update sends the call that changes it, once.
	Update(ctx context.Context, obj T, found Found[L]) error
}

// Describer is a way into a directory that has more to tell in the status of an object whose grant stands.
type Describer[T Object[L], L Ledger] interface {
	Describe(ctx context.Context, obj T, found Found[L]) error
}

// Decliner is a way into a directory that may turn down what it accepted, or have something else in the place of a grant. It
// is asked when a grant is missing, and returns a *Problem when it is not to be created again now.
type Decliner[T Object[L], L Ledger] interface {
	Declined(ctx context.Context, obj T, ledger L) error
}

// Misplacer is a way into a directory that may make something else of a create call than it was asked for. It is asked where
// such a call was not answered, and returns what one that took effect between two times made under another key; nil when none did.
type Misplacer[T Object[L], L Ledger] interface {
	Misplaced(ctx context.Context, obj T, ledger L, from, to time.Time) (*Found[L], error)
}

// Remainer is a way into a directory that knows by what else somebody may hold what was just revoked. It returns that in
// a sentence, nothing when they do not, and notes it in the status.
type Remainer[T Object[L], L Ledger] interface {
	Remaining(ctx context.Context, obj T, ledger L) (string, error)
}

// Scheduler is a kind whose grants hold for a time.
type Scheduler[T any] interface {
	// Reckon notes in the status from when until when; anew says that it is for another grant than before.
	Reckon(obj T, anew bool, now time.Time)
	// End returns when the grant ends, zero where it does not, and what to say once it has.
	End(obj T) (time.Time, *Problem)
}

// Found is what the directory holds: its ID there and its key as the directory answered it.
type Found[L Ledger] struct {
	ID  string
	Key L
	// Problem says why it does not stand yet although the directory knows of it, such as an approval that is pending.
	Problem *Problem
	// Reason and Message are what to say of one that stands, where that is more than that it does.
	Reason  v1alpha1.Reason
	Message string
	// Rigid is set when it cannot be changed in place: one that differs is revoked before another is granted.
	Rigid bool
	// Detail is what else the kind read of it.
	Detail any
}
