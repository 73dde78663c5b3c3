package faults_test

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// cached is the manager's client: reads from a cache that may be behind, writes to the API server.
type cached struct {
	client.Client // nil: what is not here is not used
	p             *process
}

// Get reads a RoleAssignment or the Tenant from the cache.
func (c cached) Get(_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	if t, ok := into.(*v1alpha1.Tenant); ok {
		c.p.w.tenant.DeepCopyInto(t)
		return nil
	}
	return c.p.call(opCacheGet, func(f fault) error {
		c.p.lag(f, key.Name)
		return show(c.p.see(key.Name), key.Name, into)
	})
}

// List lists RoleAssignments that hold a ledger.
func (c cached) List(_ context.Context, into client.ObjectList, opts ...client.ListOption) error {
	list, ok := into.(*v1alpha1.RoleAssignmentList)
	if !ok {
		return fmt.Errorf("nobody lists %T", into)
	}
	var options client.ListOptions
	options.ApplyOptions(opts)
	wanted := options.FieldSelector.Requirements()[0].Value
	return c.p.call(opCacheList, func(f fault) error {
		c.p.lag(f, c.p.current)
		for _, name := range c.p.w.everNamed() {
			obj := c.p.see(name)
			if obj != nil && obj.GetGrant() != nil && obj.GetGrant().String() == wanted {
				list.Items = append(list.Items, *obj)
			}
		}
		return nil
	})
}

// Patch writes metadata.
func (c cached) Patch(_ context.Context, obj client.Object, patch client.Patch, _ ...client.PatchOption) error {
	return c.p.write(opPatch, obj, patch)
}

// Status writes the status.
func (c cached) Status() client.SubResourceWriter { return status{p: c.p} }

type status struct {
	client.SubResourceWriter // nil: what is not here is not used
	p                        *process
}

// Patch writes the status.
func (s status) Patch(_ context.Context, obj client.Object, patch client.Patch, _ ...client.SubResourcePatchOption) error {
	return s.p.write(opStatus, obj, patch)
}

// live reads from the API server.
type live struct {
	client.Reader // nil: what is not here is not used
	p             *process
}

// Get reads a RoleAssignment or the namespace.
func (l live) Get(_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	if n, ok := into.(*metav1.PartialObjectMetadata); ok {
		*n = namespace()
		return nil
	}
	return l.p.call(opLiveGet, func(f fault) error {
		if f == apiError {
			return apierrors.NewInternalError(errAway)
		}
		return show(l.p.w.cluster.objects[key.Name], key.Name, into)
	})
}

func show(obj *object, name string, into client.Object) error {
	target, ok := into.(*object)
	switch {
	case !ok:
		return fmt.Errorf("nobody reads %T", into)
	case obj == nil:
		return apierrors.NewNotFound(resource, name)
	}
	obj.DeepCopyInto(target)
	return nil
}

// write sends a patch.
func (p *process) write(o op, obj client.Object, patch client.Patch) error {
	data, err := patch.Data(obj)
	if err != nil {
		return err
	}
	return p.call(o, func(f fault) error {
		switch f {
		case apiError:
			return apierrors.NewInternalError(errAway)
		case apiDenied:
			return apierrors.NewForbidden(resource, obj.GetName(), errAway)
		case apiConflict:
			p.w.touch(obj.GetName())
		}
		after, err := p.w.cluster.patch(obj.GetName(), data, o == opStatus)
		if err != nil {
			return err
		}
		if f == apiLost {
			return apierrors.NewTimeoutError("the write timed out", 1)
		}
		return show(after, obj.GetName(), obj)
	})
}

// recorder keeps what is told to people.
type recorder struct{ p *process }

// Eventf implements events.EventRecorder.
func (r recorder) Eventf(_, _ runtime.Object, _, reason, _, note string, args ...any) {
	if !r.p.dead {
		r.p.w.tell("event", reason, fmt.Sprintf(note, args...))
	}
}
