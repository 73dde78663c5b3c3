package faults_test

import (
	"context"
	"fmt"
	"reflect"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
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

// Get reads an object or the Tenant from the cache.
func (c cached) Get(_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	if t, ok := into.(*v1alpha1.Tenant); ok {
		c.p.w.tenants[key.Name].DeepCopyInto(t)
		return nil
	}
	id := idAt(key, into)
	return c.p.call(opCacheGet, func(f fault) error {
		c.p.lag(f, id)
		return show(c.p.see(id), id, into)
	})
}

func idAt(key client.ObjectKey, of any) string {
	s, _ := speciesOf(of)
	return s.id(key.Name)
}

// List lists the objects that hold a ledger.
func (c cached) List(_ context.Context, into client.ObjectList, opts ...client.ListOption) error {
	wanted, _ := selected(opts)
	return c.p.call(opCacheList, func(f fault) error {
		c.p.lag(f, c.p.current)
		return c.p.w.listed(into, c.p.see, func(obj object) bool { return holdsLedger(obj) && ledgerOf(obj).String() == wanted })
	})
}

// selected returns the value that a list is to be restricted to, and the field that has it, if it is.
func selected(opts []client.ListOption) (value, field string) {
	var options client.ListOptions
	options.ApplyOptions(opts)
	if options.FieldSelector == nil {
		return "", ""
	}
	wanted := options.FieldSelector.Requirements()[0]
	return wanted.Value, wanted.Field
}

// listed fills a list with the objects of its species, as somebody sees them, that are wanted.
func (w *world) listed(into client.ObjectList, see func(id string) object, wanted func(object) bool) error {
	of, ok := speciesOf(into)
	if !ok {
		return fmt.Errorf("nobody lists %T", into)
	}
	var items []runtime.Object
	for _, id := range w.everNamed() {
		if s, _ := parseID(id); s != of {
			continue
		}
		if obj := see(id); obj != nil && wanted(obj) {
			items = append(items, obj)
		}
	}
	return meta.SetList(into, items)
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

// Get reads an object or the namespace.
func (l live) Get(_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	if n, ok := into.(*metav1.PartialObjectMetadata); ok {
		return l.p.call(opNamespace, func(f fault) error {
			*n = l.p.w.cluster.namespace()
			return l.p.apiFails(f, key.Name)
		})
	}
	id := idAt(key, into)
	return l.p.call(opLiveGet, func(f fault) error {
		if err := l.p.apiFails(f, id); err != nil {
			return err
		}
		return show(l.p.w.cluster.objects[id], id, into)
	})
}

// List lists the objects with a field of that value, or all of them.
func (l live) List(_ context.Context, into client.ObjectList, opts ...client.ListOption) error {
	value, field := selected(opts)
	return l.p.call(opLiveList, func(f fault) error {
		if err := l.p.apiFails(f, l.p.current); err != nil {
			return err
		}
		present := func(id string) object { return l.p.w.cluster.objects[id] }
		return l.p.w.listed(into, present, func(obj object) bool { return field == "" || fieldOf(obj, field) == value })
	})
}

// fieldOf returns a selectable field of a ledger.
func fieldOf(obj object, field string) string {
	key := ledgerOf(obj)
	switch field {
	case "status.grant.principalID", "status.grant.memberID":
		return key.principal
	case "status.grant.roleDefinitionID", "status.grant.groupID":
		return key.target
	}
	return ""
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
		of, bare := parseID(name)
		return apierrors.NewForbidden(of.resource(), bare, errAway)
	}
	return nil
}

func show(obj object, id string, into client.Object) error {
	if obj == nil {
		return missing(id)
	}
	target, from := reflect.ValueOf(into), reflect.ValueOf(copyOf(obj))
	if target.Type() != from.Type() {
		return fmt.Errorf("nobody reads %T", into)
	}
	target.Elem().Set(from.Elem())
	return nil
}

// write sends a patch.
func (p *process) write(o op, obj client.Object, patch client.Patch) error {
	data, err := patch.Data(obj)
	if err != nil {
		return err
	}
	id := idOf(obj)
	return p.call(o, func(f fault) error {
		if err := p.apiFails(f, id); err != nil {
			return err
		}
		p.meddle(f, id)
		p.w.checkText("a write", string(data))
		p.w.writer = p
		after, err := p.w.cluster.patch(id, data, o == opStatus)
		p.w.writer = nil
		if err != nil {
			return err
		}
		if f == apiLost {
			return apierrors.NewTimeoutError("the write timed out", 1)
		}
		return show(after, id, obj)
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
