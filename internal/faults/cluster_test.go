package faults_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
)

// change is one revision of etcd. What it points to is never written to again.
type change struct {
	revision      int
	id            string
	before, after object
}

// cluster is an API server with etcd behind it, for objects of all species in one namespace: resource versions, generations,
// finalizers, the status subresource and merge patches are as in the real one.
type cluster struct {
	clock    clock.PassiveClock
	revision int
	// objects are those there are, by their IDs.
	objects map[string]object
	log     []change
	// bred are the species of which there ever was an object.
	bred [manySpecies]bool
	// ending is set when the namespace is being deleted.
	ending bool
	// changed is called after each revision.
	changed func(change)
}

func newCluster(c clock.PassiveClock) *cluster {
	return &cluster{clock: c, revision: 100, objects: map[string]object{}, changed: func(change) {}}
}

// put makes a revision; nil removes.
func (c *cluster) put(id string, after object) {
	c.revision++
	before := c.objects[id]
	if after == nil {
		delete(c.objects, id)
	} else {
		after.SetResourceVersion(strconv.Itoa(c.revision))
		c.objects[id] = after
	}
	step := change{revision: c.revision, id: id, before: before, after: after}
	c.log = append(c.log, step)
	c.changed(step)
}

// past returns the object as it was at a revision, nil if there was none.
func (c *cluster) past(id string, revision int) object {
	for _, step := range slices.Backward(c.log) {
		if step.id == id && step.revision <= revision {
			return step.after
		}
	}
	return nil
}

// back returns the revision before the last n changes of an object.
func (c *cluster) back(id string, n int) int {
	for _, step := range slices.Backward(c.log) {
		if step.id != id {
			continue
		}
		if n--; n == 0 {
			return step.revision - 1
		}
	}
	return 0
}

// ids lists the objects there are.
func (c *cluster) ids() []string { return sorted(c.objects) }

// create is what kubectl create does.
func (c *cluster) create(obj object) {
	if c.ending {
		return
	}
	obj = copyOf(obj)
	obj.SetNamespace("team")
	obj.SetGeneration(1)
	obj.SetUID(types.UID(fmt.Sprintf("uid-%d", c.revision)))
	obj.SetCreationTimestamp(metav1.NewTime(c.clock.Now()))
	clearStatus(obj)
	obj.GetClaimStatus().ObservedGeneration = ptr.To[int64](-1)
	s, _ := speciesOf(obj)
	c.bred[s] = true
	c.put(s.id(obj.GetName()), obj)
}

func copyOf(obj object) object {
	clone, _ := obj.DeepCopyObject().(object)
	return clone
}

func clearStatus(obj object) { reflect.ValueOf(statusOf(obj)).Elem().SetZero() }

// update is what kubectl edit does, if the object is there.
func (c *cluster) update(id string, edit func(object)) {
	before := c.objects[id]
	if before == nil {
		return
	}
	after := copyOf(before)
	edit(after)
	c.replace(before, after)
}

// replace stores what became of an object, if anything did.
func (c *cluster) replace(before, after object) {
	if equality.Semantic.DeepEqual(before, after) {
		return
	}
	if !equality.Semantic.DeepEqual(specOf(before), specOf(after)) {
		after.SetGeneration(after.GetGeneration() + 1)
	}
	if !after.GetDeletionTimestamp().IsZero() && len(after.GetFinalizers()) == 0 {
		after = nil
	}
	c.put(idOf(before), after)
}

// delete is what kubectl delete does.
func (c *cluster) delete(id string) {
	c.update(id, func(obj object) {
		if obj.GetDeletionTimestamp().IsZero() {
			obj.SetDeletionTimestamp(ptr.To(metav1.NewTime(c.clock.Now())))
			obj.SetGeneration(obj.GetGeneration() + 1)
		}
	})
}

// patch applies a JSON merge patch to the metadata, or with status to the status, and returns what came of it.
func (c *cluster) patch(id string, data []byte, status bool) (object, error) {
	before := c.objects[id]
	if before == nil {
		return nil, missing(id)
	}
	var patch map[string]any
	if err := json.Unmarshal(data, &patch); err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	metadata, _ := patch["metadata"].(map[string]any)
	if version, given := metadata["resourceVersion"]; given && version != before.GetResourceVersion() {
		return nil, conflict(id)
	}
	delete(metadata, "resourceVersion")
	after := copyOf(before)
	var err error
	if status {
		clearStatus(after)
		err = merge(statusOf(before), patch["status"], statusOf(after))
	} else {
		meta := metaOf(after)
		*meta = metav1.ObjectMeta{}
		err = merge(*metaOf(before), patch["metadata"], meta)
	}
	if err != nil {
		return nil, err
	}
	c.replace(before, after)
	return after, nil
}

func metaOf(obj object) *metav1.ObjectMeta {
	meta, _ := obj.GetObjectMeta().(*metav1.ObjectMeta)
	return meta
}

func missing(id string) error {
	s, name := parseID(id)
	return apierrors.NewNotFound(s.resource(), name)
}

func conflict(id string) error {
	s, name := parseID(id)
	return apierrors.NewConflict(s.resource(), name, errors.New("the object has been modified; please apply your changes to the latest version"))
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
	for _, id := range c.ids() {
		c.delete(id)
	}
}
