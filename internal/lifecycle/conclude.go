package lifecycle

import (
	"context"
	"errors"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
)

const (
	maxMessage = 1024
	maxRequest = 256
)

// conclude turns the outcome into conditions, an event and the time of the next pass. It is the only place that does.
func (p *pass[T, L]) conclude(ctx context.Context, o outcome, err error) (ctrl.Result, error) {
	if err != nil {
		return p.aborted(ctx, err)
	}
	switch o.standing {
	case released:
		p.calm(p.obj.GetUID())
		return ctrl.Result{}, nil
	case held:
		return ctrl.Result{RequeueAfter: disputeInterval}, nil
	}
	p.logProblem(ctx, o)
	p.apply(o)
	if !equality.Semantic.DeepEqual(p.obj, p.base) {
		if err := p.writeStatus(ctx); err != nil {
			return p.aborted(ctx, err)
		}
	}
	p.recordTransition(ctx)
	delay := p.delay(o)
	if !p.end.IsZero() {
		delay = min(delay, max(p.end.Sub(p.Clock.Now()), soonest))
	}
	p.rec.version, p.rec.next, p.rec.request = p.base.GetResourceVersion(), time.Time{}, p.request
	if delay > 0 {
		p.rec.next = p.Clock.Now().Add(delay)
	}
	p.memory.put(p.name, p.rec)
	return ctrl.Result{RequeueAfter: delay}, nil
}

// aborted ends a pass that the Kubernetes API stopped.
func (p *pass[T, L]) aborted(ctx context.Context, err error) (ctrl.Result, error) {
	p.gone = apierrors.IsNotFound(err) || errors.Is(err, errReplaced)
	if p.stray != nil && (p.gone || p.stray.unnamed) {
		p.abandon(ctx)
	}
	switch {
	case p.gone: // what is still known of it is reported by the pass to come
		p.calm(p.obj.GetUID())
		return ctrl.Result{RequeueAfter: soonest}, nil
	case apierrors.IsConflict(err), errors.Is(err, errOutdated):
		p.memory.doubt(p.name)
	case p.unsure:
		p.memory.disown(p.name)
		return ctrl.Result{}, err
	default:
		p.memory.doubt(p.name)
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: p.backOff(p.soon)}, nil
}

// abandon takes back what no ledger names: the object went while its grant was being created, or it is not what was
// asked for and could not be written down.
func (p *pass[T, L]) abandon(ctx context.Context) {
	grant := p.stray.found.Key.String()
	if err := p.takeBack(ctx); err != nil {
		log.FromContext(ctx).Error(err, "Not taken back what no object stands for, it may remain", "grant", grant)
		return
	}
	log.FromContext(ctx).Info("Taken back what no object stands for", "grant", grant)
	if p.gone {
		p.memory.remove(p.name)
	}
}

func (p *pass[T, L]) logProblem(ctx context.Context, o outcome) {
	if o.err != nil {
		log.FromContext(ctx).V(1).Info("Pass ended early", "reason", o.reason, "cause", o.err.Error())
	}
}

// apply writes the outcome into the status.
func (p *pass[T, L]) apply(o outcome) {
	s := p.status()
	if p.keepsReady(o) {
		return
	}
	if p.request != "" && o.standing != unavailable {
		s.LastHandledReconcileAt = truncate(p.request, maxRequest)
	}
	s.ObservedGeneration = ptr.To(p.obj.GetGeneration())
	p.setReady(o)
	p.set(v1alpha1.ConditionReconciling, o.standing == waiting || o.standing == unavailable, o)
	p.set(v1alpha1.ConditionStalled, o.standing == stalled, o)
}

// keepsReady tells whether an object that was Ready stays so although the directory cannot be asked.
func (p *pass[T, L]) keepsReady(o outcome) bool {
	if o.standing != unavailable || p.deleting() || ptr.Deref(p.status().ObservedGeneration, -1) != p.obj.GetGeneration() {
		return false
	}
	return meta.IsStatusConditionTrue(p.status().Conditions, v1alpha1.ConditionReady) && p.readyFor() > 0
}

// readyFor is how long an object that was Ready can stay so unread: for one drift interval since it was last read, or
// since this process began.
func (p *pass[T, L]) readyFor() time.Duration {
	since := p.started
	if p.rec.verified.After(since) {
		since = p.rec.verified
	}
	return p.DriftInterval - p.Clock.Since(since)
}

func (p *pass[T, L]) setReady(o outcome) {
	status := metav1.ConditionFalse
	switch {
	case o.standing == granted:
		status = metav1.ConditionTrue
	case o.reason == v1alpha1.ReasonSuspended, o.standing == unavailable && !p.deleting() && p.wasGranted():
		status = metav1.ConditionUnknown
	}
	p.setCondition(v1alpha1.ConditionReady, status, o)
}

// wasGranted tells whether the last that was known is that the grant stands.
func (p *pass[T, L]) wasGranted() bool {
	ready := meta.FindStatusCondition(p.status().Conditions, v1alpha1.ConditionReady)
	return ready != nil && ready.Status != metav1.ConditionFalse
}

// setNotReady says that the grant does not stand, unless the object says so already.
func (p *pass[T, L]) setNotReady(o outcome) {
	if !meta.IsStatusConditionFalse(p.status().Conditions, v1alpha1.ConditionReady) {
		p.setCondition(v1alpha1.ConditionReady, metav1.ConditionFalse, o)
		p.set(v1alpha1.ConditionReconciling, true, o)
	}
}

// set keeps a condition that is present only while true.
func (p *pass[T, L]) set(condition string, present bool, o outcome) {
	if present {
		p.setCondition(condition, metav1.ConditionTrue, o)
		return
	}
	meta.RemoveStatusCondition(&p.status().Conditions, condition)
}

func (p *pass[T, L]) setCondition(condition string, status metav1.ConditionStatus, o outcome) {
	// There is room for a few only, and none to be lost to what somebody else wrote.
	p.status().Conditions = slices.DeleteFunc(p.status().Conditions, func(c metav1.Condition) bool {
		return c.Type != v1alpha1.ConditionReady && c.Type != v1alpha1.ConditionReconciling && c.Type != v1alpha1.ConditionStalled
	})
	meta.SetStatusCondition(&p.status().Conditions, metav1.Condition{
		Type: condition, Status: status, Reason: string(o.reason), Message: truncate(o.message, maxMessage),
		ObservedGeneration: p.obj.GetGeneration(), LastTransitionTime: metav1.NewTime(p.Clock.Now()),
	})
}

// recordTransition emits one event when Ready has another reason than when the pass began.
func (p *pass[T, L]) recordTransition(ctx context.Context) {
	was := meta.FindStatusCondition(p.before, v1alpha1.ConditionReady)
	is := meta.FindStatusCondition(p.status().Conditions, v1alpha1.ConditionReady)
	if is == nil || (was != nil && was.Reason == is.Reason && was.Status == is.Status) {
		return
	}
	log.FromContext(ctx).Info("Ready changed", "status", is.Status, "reason", is.Reason, "message", is.Message)
	if is.Status == metav1.ConditionTrue && p.told {
		return
	}
	kind := corev1.EventTypeWarning
	switch v1alpha1.Reason(is.Reason) {
	case v1alpha1.ReasonGranted, v1alpha1.ReasonScheduled, v1alpha1.ReasonReplicating, v1alpha1.ReasonRevoking, v1alpha1.ReasonSuspended,
		v1alpha1.ReasonNotGranted, v1alpha1.ReasonPendingApproval, v1alpha1.ReasonPendingProvisioning, v1alpha1.ReasonStillAssigned,
		v1alpha1.ReasonActiveTooShort, v1alpha1.ReasonGroupNotReady, v1alpha1.ReasonRoleDefinitionNotReady, v1alpha1.ReasonActivated, v1alpha1.ReasonExpired:
		kind = corev1.EventTypeNormal
	}
	reason := is.Reason
	if is.Status == metav1.ConditionTrue {
		reason = v1alpha1.ConditionReady
	}
	p.Events.Eventf(p.obj, nil, kind, reason, actionReconcile, "%s", is.Message)
}

// delay is how long the object is left alone.
func (p *pass[T, L]) delay(o outcome) time.Duration {
	if left := o.until.Sub(p.Clock.Now()); !o.until.IsZero() && left > 0 {
		return min(max(left, soonest), p.DriftInterval) // it may pass sooner than was said
	}
	switch o.standing {
	case granted:
		p.calm(p.obj.GetUID())
		delay := p.Jitter(max(p.checkInterval()-p.Clock.Since(p.rec.verified), soonest))
		if sent := p.status().UnansweredCreateTime; p.recent(sent) {
			delay = min(delay, p.PropagationWindow-p.Clock.Since(sent.Time)+time.Millisecond)
		}
		return delay
	case idle:
		if o.reason == v1alpha1.ReasonSuspended {
			return 0
		}
		return p.Jitter(p.DriftInterval)
	case stalled:
		return p.Jitter(max(stalledInterval, o.retryAfter))
	case unavailable:
		delay := max(p.backOff(p.soon), p.Jitter(o.retryAfter))
		if p.keepsReady(o) {
			delay = min(delay, p.readyFor()) // Ready must not outlast it; whether a call is sent then is for the client
		}
		return delay
	}
	backoff := p.later
	if o.soon {
		backoff = p.soon
	}
	delay := p.backOff(backoff)
	if o.due > 0 {
		delay = min(delay, o.due)
	}
	return delay
}

func (p *pass[T, L]) backOff(b *flowcontrol.Backoff) time.Duration {
	id := string(p.obj.GetUID())
	b.Next(id, p.Clock.Now())
	return p.Jitter(b.Get(id))
}

// truncate cuts a text to at most length bytes, between characters.
func truncate(text string, length int) string {
	if len(text) <= length {
		return text
	}
	for length > 0 && text[length]&0xC0 == 0x80 {
		length--
	}
	return text[:length]
}
