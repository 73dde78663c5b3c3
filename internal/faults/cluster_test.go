package faults_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

type object = v1alpha1.RoleAssignment

// resource is what the API server's errors speak of.
var resource = schema.GroupResource{Group: v1alpha1.GroupVersion.Group, Resource: "roleassignments"}

// change is one revision of etcd. What it points to is never written to again.
type change struct {
	revision      int
	name          string
	before, after *object
}

// cluster is an API server with etcd behind it, for RoleAssignments of one namespace: resource versions, generations,
// finalizers, the status subresource and merge patches are as in the real one.
type cluster struct {
	clock    clock.PassiveClock
	revision int
	objects  map[string]*object
	log      []change
	// ending is set when the namespace is being deleted.
	ending bool
	// changed is called after each revision.
	changed func(change)
}

func newCluster(c clock.PassiveClock) *cluster {
	return &cluster{clock: c, revision: 100, objects: map[string]*object{}, changed: func(change) {}}
}

// put makes a revision; nil removes.
func (c *cluster) put(name string, after *object) {
	c.revision++
	before := c.objects[name]
	if after == nil {
		delete(c.objects, name)
	} else {
		after.ResourceVersion = strconv.Itoa(c.revision)
		c.objects[name] = after
	}
	step := change{revision: c.revision, name: name, before: before, after: after}
	c.log = append(c.log, step)
	c.changed(step)
}

// past returns the object as it was at a revision, nil if there was none.
func (c *cluster) past(name string, revision int) *object {
	for _, step := range slices.Backward(c.log) {
		if step.name == name && step.revision <= revision {
			return step.after
		}
	}
	return nil
}

// back returns the revision before the last n changes of a name.
func (c *cluster) back(name string, n int) int {
	for _, step := range slices.Backward(c.log) {
		if step.name != name {
			continue
		}
		if n--; n == 0 {
			return step.revision - 1
		}
	}
	return 0
}

func (c *cluster) names() []string {
	names := make([]string, 0, len(c.objects))
	for name := range c.objects {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// create is what kubectl create does.
func (c *cluster) create(obj *object) {
	if c.ending {
		return
	}
	obj = obj.DeepCopy()
	obj.Namespace, obj.Generation = "team", 1
	obj.UID = types.UID(fmt.Sprintf("uid-%d", c.revision))
	obj.CreationTimestamp = metav1.NewTime(c.clock.Now())
	obj.Status = v1alpha1.RoleAssignmentStatus{ClaimStatus: v1alpha1.ClaimStatus{ObservedGeneration: ptr.To[int64](-1)}}
	c.put(obj.Name, obj)
}

// update is what kubectl edit does, if the object is there.
func (c *cluster) update(name string, edit func(*object)) {
	before := c.objects[name]
	if before == nil {
		return
	}
	after := before.DeepCopy()
	edit(after)
	c.replace(before, after)
}

// replace stores what became of an object, if anything did.
func (c *cluster) replace(before, after *object) {
	if equality.Semantic.DeepEqual(before, after) {
		return
	}
	if !equality.Semantic.DeepEqual(before.Spec, after.Spec) {
		after.Generation++
	}
	if !after.DeletionTimestamp.IsZero() && len(after.Finalizers) == 0 {
		after = nil
	}
	c.put(before.Name, after)
}

// delete is what kubectl delete does.
func (c *cluster) delete(name string) {
	c.update(name, func(obj *object) {
		if obj.DeletionTimestamp.IsZero() {
			obj.DeletionTimestamp = ptr.To(metav1.NewTime(c.clock.Now()))
			obj.Generation++
		}
	})
}

// patch applies a JSON merge patch to the metadata, or with status to the status, and returns what came of it.
func (c *cluster) patch(name string, data []byte, status bool) (*object, error) {
	before := c.objects[name]
	if before == nil {
		return nil, apierrors.NewNotFound(resource, name)
	}
	var patch map[string]any
	if err := json.Unmarshal(data, &patch); err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	metadata, _ := patch["metadata"].(map[string]any)
	if version, given := metadata["resourceVersion"]; given && version != before.ResourceVersion {
		return nil, conflict(name)
	}
	delete(metadata, "resourceVersion")
	after := before.DeepCopy()
	var err error
	if status {
		after.Status = v1alpha1.RoleAssignmentStatus{}
		err = merge(before.Status, patch["status"], &after.Status)
	} else {
		after.ObjectMeta = metav1.ObjectMeta{}
		err = merge(before.ObjectMeta, patch["metadata"], &after.ObjectMeta)
	}
	if err != nil {
		return nil, err
	}
	c.replace(before, after)
	return after, nil
}

func conflict(name string) error {
	return apierrors.NewConflict(resource, name, errors.New("the object has been modified; please apply your changes to the latest version"))
}

// merge applies a merge patch (RFC 7396) to what from holds and decodes it into out.
func merge(from, patch, out any) error {
	data, err := json.Marshal(from)
	if err != nil {
		return err
	}
	var whole any
	if err := json.Unmarshal(data, &whole); err != nil {
		return err
	}
	if patch != nil {
		whole = merged(whole, patch)
	}
	if data, err = json.Marshal(whole); err != nil {
		return err
	}
	return json.Unmarshal(data, out)
}

func merged(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	whole, ok := target.(map[string]any)
	if !ok {
		whole = map[string]any{}
	}
	for key, value := range changes {
		if value == nil {
			delete(whole, key)
			continue
		}
		whole[key] = merged(whole[key], value)
	}
	return whole
}

// namespace is the one namespace there is.
func (c *cluster) namespace() metav1.PartialObjectMetadata {
	n := metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: "team"}}
	n.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	if c.ending {
		n.DeletionTimestamp = ptr.To(metav1.NewTime(c.clock.Now()))
	}
	return n
}

// end is what kubectl delete namespace does: all that is in it is deleted, and nothing new is let in.
func (c *cluster) end() {
	c.ending = true
	for _, name := range c.names() {
		c.delete(name)
	}
}
