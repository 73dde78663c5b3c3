package faults_test

import (
	"context"
	"fmt"
	"time"

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
		c.p.w.tenants[key.Name].DeepCopyInto(t)
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
		return l.p.call(opNamespace, func(f fault) error {
			*n = l.p.w.cluster.namespace()
			return l.p.apiFails(f, key.Name)
		})
	}
	return l.p.call(opLiveGet, func(f fault) error {
		if err := l.p.apiFails(f, key.Name); err != nil {
			return err
		}
		return show(l.p.w.cluster.objects[key.Name], key.Name, into)
	})
}

// apiFails says what the API server answers instead of doing as it is told, if it does.
func (p *process) apiFails(f fault, name string) error {
	w := p.w
	switch f {
	case apiAway:
		w.apiGone()
	case apiBusy:
		w.apiBusyUntil = w.clock.Now().Add(time.Minute)
		w.troubleUntil(w.apiBusyUntil)
	}
	switch now := w.clock.Now(); {
	case now.Before(w.apiAwayUntil):
		return fmt.Errorf("dial tcp 192.0.2.1:443: connect: connection refused")
	case now.Before(w.apiBusyUntil):
		return apierrors.NewTooManyRequests("the API server is busy", 1)
	case f == apiError:
		return apierrors.NewInternalError(errAway)
	case f == apiDenied:
		return apierrors.NewForbidden(resource, name, errAway)
	}
	return nil
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
		if err := p.apiFails(f, obj.GetName()); err != nil {
			return err
		}
		p.meddle(f, obj.GetName())
		p.w.checkText("a write", string(data))
		p.w.writer = p
		after, err := p.w.cluster.patch(obj.GetName(), data, o == opStatus)
		p.w.writer = nil
		if err != nil {
			return err
		}
		if f == apiLost {
			return apierrors.NewTimeoutError("the write timed out", 1)
		}
		return show(after, obj.GetName(), obj)
	})
}

// meddle has somebody else write just before.
func (p *process) meddle(f fault, name string) {
	w := p.w
	if f == apiStorm {
		w.stormUntil = w.clock.Now().Add(10 * time.Second)
		w.troubleUntil(w.stormUntil)
	}
	if f == apiConflict || w.clock.Now().Before(w.stormUntil) {
		w.touch(name)
	}
}

// recorder keeps what is told to people.
type recorder struct{ p *process }

// Eventf implements events.EventRecorder.
func (r recorder) Eventf(about, _ runtime.Object, _, reason, _, note string, args ...any) {
	w, text := r.p.w, fmt.Sprintf(note, args...)
	w.checkText("an event", text)
	_, ofTenant := about.(*v1alpha1.Tenant)
	switch {
	case r.p.ended() != nil:
	case !ofTenant && w.cluster.ending:
		w.tell("event refused", reason, text) // a namespace that ends takes none
	default:
		w.told[reason]++
		w.tell("event", reason, text)
	}
}
