package claim

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

var now = time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)

func at(d time.Duration) *metav1.Time {
	t := metav1.NewTime(now.Add(d))
	return &t
}

func TestReckon(t *testing.T) {
	before := &v1alpha1.Period{Start: at(-time.Hour), End: at(time.Hour)}
	for name, row := range map[string]struct {
		schedule *v1alpha1.Schedule
		before   *v1alpha1.Period
		anew     bool
		want     *v1alpha1.Period
	}{
		"none":                    {before: before},
		"for good":                {schedule: &v1alpha1.Schedule{}, want: &v1alpha1.Period{Start: at(0)}},
		"for a while":             {schedule: &v1alpha1.Schedule{Duration: "PT8H"}, want: &v1alpha1.Period{Start: at(0), End: at(8 * time.Hour)}},
		"a while that has begun":  {schedule: &v1alpha1.Schedule{Duration: "PT8H"}, before: before, want: &v1alpha1.Period{Start: at(-time.Hour), End: at(7 * time.Hour)}},
		"a while for another":     {schedule: &v1alpha1.Schedule{Duration: "PT8H"}, before: before, anew: true, want: &v1alpha1.Period{Start: at(0), End: at(8 * time.Hour)}},
		"until then":              {schedule: &v1alpha1.Schedule{End: at(time.Minute)}, before: before, want: &v1alpha1.Period{Start: at(-time.Hour), End: at(time.Minute)}},
		"from then on":            {schedule: &v1alpha1.Schedule{Start: at(time.Hour)}, before: before, want: &v1alpha1.Period{Start: at(time.Hour)}},
		"from then for a while":   {schedule: &v1alpha1.Schedule{Start: at(time.Hour), Duration: "P1D"}, want: &v1alpha1.Period{Start: at(time.Hour), End: at(25 * time.Hour)}},
		"what was bounded before": {schedule: &v1alpha1.Schedule{}, before: before, want: &v1alpha1.Period{Start: at(-time.Hour)}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(row.want, reckon(row.schedule, row.before, row.anew, now)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEndOf(t *testing.T) {
	for name, row := range map[string]struct {
		period *v1alpha1.Period
		want   time.Time
		says   string
	}{
		"no period": {},
		"for good":  {period: &v1alpha1.Period{Start: at(-time.Hour)}},
		"until then": {period: &v1alpha1.Period{End: at(time.Second)}, want: now.Add(time.Second),
			says: "It was asked for until 2026-05-04T08:00:01Z, and is not granted any more: change spec.schedule to go on, or delete the object"},
	} {
		t.Run(name, func(t *testing.T) {
			end, problem := endOf(row.period)
			says := ""
			if problem != nil {
				says = problem.Message
			}
			if !end.Equal(row.want) || says != row.says {
				t.Errorf("got %s, %q", end, says)
			}
		})
	}
}

func TestLengthOf(t *testing.T) {
	for text, want := range map[v1alpha1.Duration]time.Duration{
		"PT8H": 8 * time.Hour, "PT30M": 30 * time.Minute, "P30D": 720 * time.Hour, "P1DT12H": 36 * time.Hour, "PT1H30M": 90 * time.Minute,
	} {
		if got := lengthOf(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestDefinitionID(t *testing.T) {
	ids := map[string]bool{}
	for _, tenant := range []string{"11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"} {
		for _, name := range []client.ObjectKey{{Namespace: "a", Name: "b"}, {Namespace: "a", Name: "c"}, {Namespace: "b", Name: "a"}} {
			ids[DefinitionID(tenant, name)] = true
		}
	}
	if len(ids) != 6 {
		t.Errorf("%d IDs for 6 roles: %v", len(ids), ids)
	}
	// Once given, it must never change: it is how a role is found again.
	want := DefinitionID("11111111-1111-4111-8111-111111111111", client.ObjectKey{Namespace: "a", Name: "b"})
	if !ids[want] {
		t.Error("it is not the same each time")
	}
}

func TestInWords(t *testing.T) {
	held := []v1alpha1.HeldRole{{Through: "group Helpdesk", DirectoryScopeID: "/"}, {Through: "another assignment", DirectoryScopeID: "/x"}}
	want := "The principal still holds the role through group Helpdesk at scope /, another assignment at scope /x"
	if got := inWords(held); got != want || inWords(nil) != "" {
		t.Errorf("got %q", got)
	}
	many := slices.Repeat(held, 20)
	if got := inWords(many); len(got) > maxText || !strings.HasSuffix(got, " more") {
		t.Errorf("got %q", got)
	}
	long := []v1alpha1.HeldRole{{Through: "group " + strings.Repeat("東", 256), DirectoryScopeID: "/"}}
	if got := join(inWords(long)); len(got) > maxText+len("…") || !utf8.ValidString(got) || join("a", "", "b") != "a. b" {
		t.Errorf("got %q", got)
	}
}
