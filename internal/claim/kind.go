package claim

import (
	"context"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
	"github.com/rolewarden/rolewarden/internal/tenant"
)

// grantIndex finds objects in the cache by their ledger.
const grantIndex = "status.grant"

// Kind is a kind, as its package describes it. It implements lifecycle.Kind.
type Kind[T lifecycle.Object[L], L lifecycle.Ledger] struct {
	// Name is the kind's name, and Plural that of many of them.
	Name, Plural string
	// NewObject and NewList return an empty object and an empty list.
	NewObject func() T
	NewList   func() client.ObjectList
	// IdentityOf returns the fields of the spec that name the grant, see lifecycle.Kind.
	IdentityOf func(T) fmt.Stringer
	// TenantID is the directory that a ledger is of.
	TenantID func(L) v1alpha1.ObjectID
	// Way returns the way into a directory.
	Way func(Directory) lifecycle.External[T, L]
	// Times returns the schedule that an object asks for, and where its status notes it; nil for a kind without schedules.
	Times func(T) (*v1alpha1.Schedule, **v1alpha1.Period)

	// Refs returns the names of the Group and the RoleDefinition that a spec refers to, if it does; nil for a kind that never does.
	Refs func(T) (group, definition string)
	// Dependents are empty objects of the kinds whose grants have to go before one of this kind can.
	Dependents []client.Object

	// Reader reads from the cache, Live from the API server.
	Reader, Live client.Reader
	// Tenants are the connected directories.
	Tenants *tenant.Registry

	window time.Duration
}

// New implements lifecycle.Kind.
func (k *Kind[T, L]) New() T { return k.NewObject() }

// Identity implements lifecycle.Kind.
func (k *Kind[T, L]) Identity(obj T) fmt.Stringer { return k.IdentityOf(obj) }

// Connect implements lifecycle.Kind.
func (k *Kind[T, L]) Connect(ctx context.Context, obj T) (lifecycle.External[T, L], error) {
	connection, err := k.Tenants.Choose(ctx, k.Reader, obj.GetClaimSpec().TenantRef)
	if err != nil {
		return nil, explainTenant(err)
	}
	return k.way(connection), nil
}

// Reconnect implements lifecycle.Kind.
func (k *Kind[T, L]) Reconnect(_ context.Context, grant L) (lifecycle.External[T, L], error) {
	id := k.TenantID(grant)
	connection := k.Tenants.ByTenantID(string(id))
	if connection == nil {
		return nil, &lifecycle.Problem{Reason: v1alpha1.ReasonTenantNotReady, Unreachable: true,
			Message: fmt.Sprintf("No Tenant is connected to the directory %s that holds the grant", id)}
	}
	return k.way(connection), nil
}

func (k *Kind[T, L]) way(c *tenant.Connection) lifecycle.External[T, L] {
	return k.Way(Directory{Connection: c, Window: k.window, tenants: k.Tenants, reader: k.Reader, live: k.Live})
}

// Claimants implements lifecycle.Kind.
func (k *Kind[T, L]) Claimants(ctx context.Context, grant L) ([]client.ObjectKey, error) {
	list := k.NewList()
	if err := k.Reader.List(ctx, list, client.MatchingFields{grantIndex: grant.String()}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, err
	}
	var names []client.ObjectKey
	err := k.each(list, func(obj T) bool {
		names = append(names, client.ObjectKeyFromObject(obj))
		return true
	})
	return names, err
}

// LiveClaimants implements lifecycle.Kind.
func (k *Kind[T, L]) LiveClaimants(ctx context.Context, grant L) ([]client.ObjectKey, error) {
	var names []client.ObjectKey
	err := k.eachLive(ctx, k.Live, func(obj T) bool {
		if held := obj.GetGrant(); held != nil && (*held).String() == grant.String() {
			names = append(names, client.ObjectKeyFromObject(obj))
		}
		return true
	})
	return names, err
}

// Reckon implements lifecycle.Scheduler.
func (k *Kind[T, L]) Reckon(obj T, anew bool, now time.Time) {
	if k.Times != nil {
		schedule, period := k.Times(obj)
		*period = reckon(schedule, *period, anew, now)
	}
}

// End implements lifecycle.Scheduler.
func (k *Kind[T, L]) End(obj T) (time.Time, *lifecycle.Problem) {
	if k.Times == nil {
		return time.Time{}, nil
	}
	_, period := k.Times(obj)
	return endOf(*period)
}

// each calls do with the objects of a list, until it returns false.
func (k *Kind[T, L]) each(list client.ObjectList, do func(T) bool) error {
	goOn := true
	return meta.EachListItem(list, func(item runtime.Object) error {
		if obj, ok := item.(T); ok && goOn {
			goOn = do(obj)
		}
		return nil
	})
}

// livePage is how many objects are read from the API server at a time when all of them are looked at.
const livePage = 500

// eachLive calls do with every object there is, until it returns false.
func (k *Kind[T, L]) eachLive(ctx context.Context, live client.Reader, do func(T) bool) error {
	goOn := true
	for next := ""; goOn; {
		list := k.NewList()
		err := live.List(ctx, list, client.Limit(livePage), client.Continue(next))
		if apierrors.IsNotFound(err) || meta.IsNoMatchError(err) {
			return nil // the CRD is gone, and went after the last of its objects
		}
		if err != nil {
			return fmt.Errorf("listing %s: %w", k.Plural, err)
		}
		err = k.each(list, func(obj T) bool {
			goOn = do(obj)
			return goOn
		})
		if next = list.GetContinue(); err != nil || next == "" {
			return err
		}
	}
	return nil
}

// Holder returns a function that names an object that holds a grant in a directory, if there is one. It reads live.
func (k *Kind[T, L]) Holder(live client.Reader) func(ctx context.Context, tenantID string) (string, error) {
	return func(ctx context.Context, tenantID string) (holder string, err error) {
		err = k.eachLive(ctx, live, func(obj T) bool {
			if grant := obj.GetGrant(); grant != nil && strings.EqualFold(string(k.TenantID(*grant)), tenantID) {
				holder = k.Name + " " + client.ObjectKeyFromObject(obj).String()
			}
			return holder == ""
		})
		return holder, err
	}
}
