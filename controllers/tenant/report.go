package tenant

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/lifecycle"
)

const (
	maxMessage = 1024
	maxRequest = 256
)

// report writes the state into the status, if it changed, records one event when Ready has another reason than before,
// and says when to look again.
func (r *Reconciler) report(ctx context.Context, t, base *v1alpha1.Tenant, s state) (ctrl.Result, error) {
	t.Status.ObservedGeneration = ptr.To(t.Generation)
	if at := t.Annotations[v1alpha1.ReconcileRequestAnnotation]; at != "" {
		t.Status.LastHandledReconcileAt = truncate(at, maxRequest)
	}
	r.setConditions(t, s)
	if !equality.Semantic.DeepEqual(t.Status, base.Status) {
		patch := client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{})
		if err := r.Client.Status().Patch(ctx, t, patch, lifecycle.FieldOwner); err != nil {
			return ctrl.Result{}, client.IgnoreNotFound(fmt.Errorf("writing the status: %w", err))
		}
	}
	r.recordTransition(ctx, t, base, s)
	return ctrl.Result{RequeueAfter: wait.Jitter(s.interval(), jitter)}, nil
}

// interval is how long a Tenant in this state is left alone.
func (s state) interval() time.Duration {
	switch {
	case s.ready:
		return checkInterval
	case s.stalled:
		return failedInterval
	}
	return brokenInterval
}

func (r *Reconciler) setConditions(t *v1alpha1.Tenant, s state) {
	condition := metav1.Condition{
		Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: string(s.reason), Message: truncate(s.message, maxMessage),
		ObservedGeneration: t.Generation, LastTransitionTime: metav1.NewTime(r.Clock.Now()),
	}
	if s.ready {
		condition.Status = metav1.ConditionTrue
	}
	meta.SetStatusCondition(&t.Status.Conditions, condition)
	condition.Status = metav1.ConditionTrue
	for kind, present := range map[string]bool{v1alpha1.ConditionStalled: s.stalled, v1alpha1.ConditionReconciling: !s.stalled && !s.ready} {
		if !present {
			meta.RemoveStatusCondition(&t.Status.Conditions, kind)
			continue
		}
		condition.Type = kind
		meta.SetStatusCondition(&t.Status.Conditions, condition)
	}
}

func (r *Reconciler) recordTransition(ctx context.Context, t, base *v1alpha1.Tenant, s state) {
	if was := meta.FindStatusCondition(base.Status.Conditions, v1alpha1.ConditionReady); was != nil && was.Reason == string(s.reason) {
		return
	}
	log.FromContext(ctx).Info("Ready changed", "reason", s.reason, "message", s.message)
	kind := corev1.EventTypeWarning
	if s.ready {
		kind = corev1.EventTypeNormal
	}
	r.Events.Eventf(t, nil, kind, string(s.reason), "Connect", "%s", truncate(s.message, maxMessage))
}

func (r *Reconciler) patch(ctx context.Context, t, base *v1alpha1.Tenant) error {
	return r.Client.Patch(ctx, t, client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{}), lifecycle.FieldOwner)
}

// truncate cuts a text to at most length bytes, between characters.
func truncate(text string, length int) string {
	if len(text) <= length {
		return text
	}
	for length > 0 && !utf8.RuneStart(text[length]) {
		length--
	}
	return text[:length]
}
