package claim

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

// reckon returns from when until when a schedule holds: from its start, or else from when it was first reckoned. anew
// forgets when that was.
func reckon(schedule *v1alpha1.Schedule, before *v1alpha1.Period, anew bool, now time.Time) *v1alpha1.Period {
	if schedule == nil {
		return nil
	}
	begins := metav1.NewTime(now.Truncate(time.Second))
	period := &v1alpha1.Period{Start: &begins}
	switch {
	case schedule.Start != nil:
		period.Start = schedule.Start.DeepCopy()
	case before != nil && before.Start != nil && !anew:
		period.Start = before.Start
	}
	switch {
	case schedule.End != nil:
		period.End = schedule.End.DeepCopy()
	case schedule.Duration != "":
		end := metav1.NewTime(period.Start.Add(lengthOf(schedule.Duration)))
		period.End = &end
	}
	return period
}

// endOf is when a period is over, and what to say then.
func endOf(period *v1alpha1.Period) (time.Time, *lifecycle.Problem) {
	if period == nil || period.End == nil {
		return time.Time{}, nil
	}
	return period.End.Time, &lifecycle.Problem{Reason: v1alpha1.ReasonExpired, Stalled: true,
		Message: fmt.Sprintf("It was asked for until %s, and is not granted any more: change spec.schedule to go on, or delete the object",
			period.End.UTC().Format(time.RFC3339))}
}

// lengthOf is the length of a duration in days, hours and minutes; admission has seen to its form.
func lengthOf(d v1alpha1.Duration) time.Duration {
	parts := regexp.MustCompile(`^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$`).FindStringSubmatch(string(d))
	var length time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute} {
		if parts != nil && parts[i+1] != "" {
			n, _ := strconv.Atoi(parts[i+1])
			length += time.Duration(n) * unit
		}
	}
	return length
}
