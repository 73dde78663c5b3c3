package lifecycle_test

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

func objectKey(name string) client.ObjectKey { return client.ObjectKey{Namespace: "team", Name: name} }

func nameOnly(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

// builder makes RoleAssignments.
type builder struct{ obj *v1alpha1.RoleAssignment }

// MakeRoleAssignment starts one that asks for the helpdesk role for alice, by ID.
func MakeRoleAssignment(name string) builder {
	obj := &v1alpha1.RoleAssignment{ObjectMeta: nameOnly("team", name)}
	obj.Spec.Principal.ID = alice
	obj.Spec.Role.ID = helpdesk
	obj.Spec.Adoption, obj.Spec.DeletionPolicy, obj.Spec.Mode = v1alpha1.AdoptionAdopt, v1alpha1.DeletionPolicyRevoke, v1alpha1.ModeEnforce
	return builder{obj}
}

func (b builder) User(upn string) builder {
	b.obj.Spec.Principal = v1alpha1.Principal{User: v1alpha1.UserPrincipalName(upn)}
	return b
}

func (b builder) Refuse() builder {
	b.obj.Spec.Adoption = v1alpha1.AdoptionRefuse
	return b
}

func (b builder) Orphan() builder {
	b.obj.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan
	return b
}

func (b builder) Mode(m v1alpha1.Mode) builder {
	b.obj.Spec.Mode = m
	return b
}

func (b builder) Obj() *v1alpha1.RoleAssignment { return b.obj }

// apply creates an object, as the API server does: with a UID, a generation and the default status.
func (w *world) apply(b builder) {
	w.t.Helper()
	obj := b.Obj()
	obj.UID = types.UID(fmt.Sprintf("uid-%d", w.clock.Now().UnixNano()) + obj.Name)
	obj.Generation = 1
	w.must(w.server.Create(w.t.Context(), obj))
	obj.Status = v1alpha1.RoleAssignmentStatus{ClaimStatus: v1alpha1.ClaimStatus{ObservedGeneration: ptr.To[int64](-1)}}
	w.must(w.server.Status().Update(w.t.Context(), obj))
	w.wake(client.ObjectKeyFromObject(obj))
}

// edit changes a spec.
func (w *world) edit(name string, change func(*v1alpha1.RoleAssignment)) {
	w.t.Helper()
	w.update(name, func(obj *v1alpha1.RoleAssignment) {
		change(obj)
		obj.Generation++
	})
}

// mode and principal are the edits that tests make most.
func (w *world) mode(m v1alpha1.Mode) {
	w.t.Helper()
	w.edit("a", func(obj *v1alpha1.RoleAssignment) { obj.Spec.Mode = m })
}

func (w *world) principal(name, id string) {
	w.t.Helper()
	w.edit(name, func(obj *v1alpha1.RoleAssignment) { obj.Spec.Principal = v1alpha1.Principal{ID: v1alpha1.ObjectID(id)} })
}

// annotate asks for a reconcile of "a".
func (w *world) annotate(value string) {
	w.t.Helper()
	w.update("a", func(obj *v1alpha1.RoleAssignment) {
		obj.Annotations = map[string]string{v1alpha1.ReconcileRequestAnnotation: value}
	})
}

// strip takes the finalizers off "a", as somebody does who knows no better.
func (w *world) strip() {
	w.t.Helper()
	w.update("a", func(obj *v1alpha1.RoleAssignment) { obj.Finalizers = nil })
}

func (w *world) update(name string, change func(*v1alpha1.RoleAssignment)) {
	w.t.Helper()
	obj := w.get(name)
	if obj == nil {
		return
	}
	before := obj.DeepCopy()
	change(obj)
	w.must(w.server.Update(w.t.Context(), obj))
	w.notice(objectKey(name), before, w.get(name))
}

// forge changes the status of "a", as only the controller should.
func (w *world) forge(change func(*v1alpha1.RoleAssignmentStatus)) {
	w.t.Helper()
	obj := w.get("a")
	before := obj.DeepCopy()
	change(&obj.Status)
	w.must(w.server.Status().Update(w.t.Context(), obj))
	w.notice(objectKey("a"), before, w.get("a"))
}

// delete asks for an object's deletion. As the API server does, it counts as a new generation.
func (w *world) delete(name string) {
	w.t.Helper()
	obj := w.get(name)
	if obj == nil {
		return
	}
	w.must(w.server.Delete(w.t.Context(), obj))
	if obj = w.get(name); obj != nil {
		obj.Generation++
		w.must(w.server.Update(w.t.Context(), obj))
	}
	w.wake(objectKey(name))
}

// clients returns what the controller has: one that reads from the cache, and one that reads from the API server.
func (w *world) clients() (cached, live client.Client) {
	cached = interceptor.NewClient(w.server, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
			if shown, ok := w.lagging[key]; ok {
				shown.DeepCopyInto(obj.(*v1alpha1.RoleAssignment))
				return nil
			}
			return c.Get(ctx, key, obj, opts...)
		},
		Patch: func(ctx context.Context, c client.WithWatch, obj client.Object, p client.Patch, opts ...client.PatchOption) error {
			return w.write("patch", obj, func() error { return c.Patch(ctx, obj, p, opts...) })
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, obj client.Object, p client.Patch, opts ...client.SubResourcePatchOption) error {
			return w.write("patch status", obj, func() error { return c.SubResource(sub).Patch(ctx, obj, p, opts...) })
		},
	})
	live = interceptor.NewClient(w.server, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
			return w.call("get", func() error { return c.Get(ctx, key, obj, opts...) })
		},
	})
	return cached, live
}

// write makes a write of the controller, which the watch shows.
func (w *world) write(name string, obj client.Object, do func() error) error {
	return w.call(name, func() error {
		before := w.get(obj.GetName())
		if err := do(); err != nil {
			return err
		}
		w.notice(client.ObjectKeyFromObject(obj), before, w.get(obj.GetName()))
		return nil
	})
}

func (w *world) namespace() *corev1.Namespace {
	w.t.Helper()
	ns := &corev1.Namespace{}
	w.must(w.server.Get(w.t.Context(), client.ObjectKey{Name: "team"}, ns))
	return ns
}
