package tenant

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

// TestTruncate holds that a text is cut between characters: the API server would replace half a one, and the status would
// differ from what was written for ever.
func TestTruncate(t *testing.T) {
	cases := map[string]struct {
		text   string
		length int
		want   string
	}{
		"short":                 {"abc", 3, "abc"},
		"long":                  {"abcd", 3, "abc"},
		"within a character":    {"ab\u00e9", 3, "ab"},
		"between characters":    {"a\u00e9b", 3, "a\u00e9"},
		"within a long one":     {"\U0001f512\U0001f512", 7, "\U0001f512"},
		"nothing fits":          {"\U0001f512", 2, ""},
		"of more than one kind": {strings.Repeat("\u00e9", 200), 255, strings.Repeat("\u00e9", 127)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := truncate(tc.text, tc.length); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// TestInUseFor holds that a Tenant that is in use is looked at ever less often: each look asks the directory.
func TestInUseFor(t *testing.T) {
	cases := map[string]struct{ since, want time.Duration }{
		"just deleted":   {0, inUseInterval},
		"a minute ago":   {time.Minute, 7500 * time.Millisecond},
		"four minutes":   {4 * time.Minute, 30 * time.Second},
		"a day ago":      {24 * time.Hour, failedInterval},
		"a skewed clock": {-time.Hour, inUseInterval},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := inUseFor(tc.since); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

// TestChanged holds that a pass is made for what it goes by, and not for what others note on the object.
func TestChanged(t *testing.T) {
	cases := map[string]struct {
		change func(*v1alpha1.Tenant)
		want   bool
	}{
		"nothing":             {func(*v1alpha1.Tenant) {}, false},
		"the spec":            {func(t *v1alpha1.Tenant) { t.Generation++ }, true},
		"our finalizer gone":  {func(t *v1alpha1.Tenant) { t.Finalizers = nil }, true},
		"another's finalizer": {func(t *v1alpha1.Tenant) { t.Finalizers = append(t.Finalizers, "example.com/x") }, false},
		"a request":           {func(t *v1alpha1.Tenant) { t.Annotations[v1alpha1.ReconcileRequestAnnotation] = "now" }, true},
		"another annotation":  {func(t *v1alpha1.Tenant) { t.Annotations["note"] = "x" }, false},
		"the status":          {func(t *v1alpha1.Tenant) { t.Status.Conditions = []metav1.Condition{{Type: "Ready"}} }, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			before := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{
				Generation: 1, Finalizers: []string{v1alpha1.TenantFinalizer}, Annotations: map[string]string{"a": "b"},
			}}
			after := before.DeepCopy()
			tc.change(after)
			if got := changed().Update(event.UpdateEvent{ObjectOld: before, ObjectNew: after}); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}
