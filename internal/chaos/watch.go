package chaos

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	toolswatch "k8s.io/client-go/tools/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// watch follows the objects of the trials, and the Tenants.
func (w *World) watch(ctx context.Context) error {
	if err := w.follow(ctx, &v1alpha1.RoleAssignmentList{}, w.assignmentChanged, client.InNamespace(w.Namespace)); err != nil {
		return err
	}
	return w.follow(ctx, &v1alpha1.TenantList{}, w.tenantChanged)
}

func (w *World) follow(ctx context.Context, list client.ObjectList, changed func(watch.Event), opts ...client.ListOption) error {
	if err := w.Kube.List(ctx, list, opts...); err != nil {
		return err
	}
	lister := lister{kube: w.Kube, list: list, opts: opts}
	watcher, err := toolswatch.NewRetryWatcherWithContext(ctx, list.GetResourceVersion(), lister)
	if err != nil {
		return err
	}
	go func() {
		for e := range watcher.ResultChan() {
			changed(e)
		}
	}()
	return nil
}

// lister starts watches anew where one broke off.
type lister struct {
	kube client.WithWatch
	list client.ObjectList
	opts []client.ListOption
}

// WatchWithContext implements cache.WatcherWithContext.
func (l lister) WatchWithContext(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
	list, _ := l.list.DeepCopyObject().(client.ObjectList)
	return l.kube.Watch(ctx, list, append([]client.ListOption{&client.ListOptions{Raw: &options}}, l.opts...)...)
}

// assignmentChanged is called for each revision of etcd, in order.
func (w *World) assignmentChanged(e watch.Event) {
	obj, ok := e.Object.(*v1alpha1.RoleAssignment)
	if !ok {
		w.witness.violate(nil, "harness", fmt.Sprintf("the watch said %s %v", e.Type, e.Object))
		return
	}
	if t := w.ofObject(obj.Name); t != nil && e.Type == watch.Deleted {
		t.noteEnd(obj)
	}
	w.mu.Lock()
	before, t := w.seen[obj.Name], w.objects[obj.Name]
	w.seen[obj.Name] = obj
	if e.Type == watch.Deleted {
		delete(w.seen, obj.Name)
	}
	w.mu.Unlock()
	if t == nil {
		return
	}
	t.tell("etcd", string(e.Type), describe(obj))
	w.witness.changed(t, before, obj)
	t.wake()
}

func (w *World) tenantChanged(e watch.Event) {
	obj, ok := e.Object.(*v1alpha1.Tenant)
	if !ok {
		return
	}
	w.mu.Lock()
	t := w.byTenant[obj.Name]
	w.connects[obj.Name] = obj
	if e.Type == watch.Deleted {
		delete(w.connects, obj.Name)
	}
	w.mu.Unlock()
	if t == nil {
		return
	}
	t.tell("etcd", string(e.Type), "tenant", obj.ResourceVersion, describeConditions(obj.Status.Conditions))
	t.wake()
}

// object is what the watch showed last of a name, nil if there is none.
func (w *World) object(name string) *v1alpha1.RoleAssignment {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen[name]
}

func (w *World) tenant(name string) *v1alpha1.Tenant {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.connects[name]
}
