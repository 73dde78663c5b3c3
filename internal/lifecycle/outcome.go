package lifecycle

import (
	"errors"
	"time"

	"github.com/rolewarden/rolewarden/api/v1alpha1"
	"github.com/rolewarden/rolewarden/internal/graph"
)

// standing is what an outcome says about the object as a whole.
type standing int

const (
	// granted: read back and equal.
	granted standing = iota
	// waiting: something else has to happen first, and is looked for again soon.
	waiting
	// unavailable: the directory cannot be asked now. Ready keeps its value for one drift interval.
	unavailable
	// stalled: a person or another spec is needed. It is retried all the same, slowly.
	stalled
	// idle: the mode forbids to do more.
	idle
	// held: whether this process is the leader is in doubt; nothing is done before that is settled.
	held
	// released: the object is gone or will be.
	released
)

// outcome is the result of a pass, from which conditions, events and the next pass follow.
type outcome struct {
	standing standing
	reason   v1alpha1.Reason
	message  string
	// retryAfter is the least time until the next pass, where the directory named one.
	retryAfter time.Duration
	// due is the most time until the next pass, where it is known when what is waited for has passed; 0 where it is not.
	due time.Duration
	// until is when to come again, where that is known.
	until time.Time
	// soon is set when what is waited for is a matter of seconds.
	soon bool
	// err is what went wrong, for the log.
	err error
}

// Problem is an error that knows what the object shall say about it.
type Problem struct {
	// Reason and Message are those of the Ready condition. The message is the same each time the same thing is wrong.
	Reason  v1alpha1.Reason
	Message string
	// Stalled is set when it needs a person or another spec; otherwise it is expected to pass.
	Stalled bool
	// Unreachable is set when nothing was learnt about the directory, so that Ready may keep its value for a while.
	Unreachable bool
	// Until is when it will have passed, where that is known.
	Until time.Time
	// Unpin is set when what the names in the spec were pinned to has left the directory: they are looked up again when
	// somebody asks.
	Unpin bool
	// Err is the cause, if a call was made.
	Err error
}

// Error returns the message.
func (p *Problem) Error() string { return p.Message }

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

// ofDirectory tells whether an error says what became of a call to the directory; else the Kubernetes API failed.
func ofDirectory(err error) bool {
	_, problem := errors.AsType[*Problem](err)
	_, answer := errors.AsType[*graph.Error](err)
	return problem || answer
}

// outcomeOf says what an error means for the object.
func outcomeOf(err error) outcome {
	if p, ok := errors.AsType[*Problem](err); ok {
		return outcome{standing: p.standing(), reason: p.Reason, message: p.Message, until: p.Until, err: err}
	}
	if e, ok := errors.AsType[*graph.Error](err); ok {
		return outcomeOfGraph(e)
	}
	return outcome{standing: unavailable, reason: v1alpha1.ReasonDirectoryUnavailable, message: err.Error(), err: err}
}

func (p *Problem) standing() standing {
	switch {
	case p.Stalled:
		return stalled
	case p.Unreachable:
		return unavailable
	}
	return waiting
}

func outcomeOfGraph(e *graph.Error) outcome {
	o := outcome{standing: stalled, message: e.Error(), retryAfter: e.RetryAfter, err: e}
	switch e.Class {
	case graph.Throttled:
		o.standing, o.reason, o.message = unavailable, v1alpha1.ReasonThrottled, "The directory asked to be left alone for a while"
	case graph.Denied:
		o.reason = v1alpha1.ReasonPermissionDenied
		if e.Permission != "" {
			o.message += ": grant the application permission " + e.Permission + " and consent to it"
		}
	case graph.Refused:
		o.reason = reasonOf(e.Refusal)
		o.message += remedyOf(e.Refusal)
	case graph.Exists:
		o.reason = v1alpha1.ReasonAlreadyExists
	case graph.NotFound:
		o.standing, o.reason = waiting, v1alpha1.ReasonReplicating
	default:
		o.standing, o.reason = unavailable, v1alpha1.ReasonDirectoryUnavailable
		o.message += ". It will be tried again"
	}
	return o
}

// remedyOf says what a person can do about a refusal, in a sentence that follows the directory's own.
func remedyOf(refusal graph.Refusal) string {
	return map[graph.Refusal]string{
		graph.RefusedGroup:       " Use a group that was created with isAssignableToRole, which cannot be set later",
		graph.RefusedScope:       " Leave spec.scope out, or name a role that can be assigned at that scope",
		graph.RefusedSelfRemoval: ". To let the object go and leave the role in place, set deletionPolicy: Orphan",
		graph.RefusedLimit:       " Remove assignments that are not needed any more",
	}[refusal]
}

func reasonOf(refusal graph.Refusal) v1alpha1.Reason {
	reasons := map[graph.Refusal]v1alpha1.Reason{
		graph.RefusedGroup:       v1alpha1.ReasonGroupNotRoleAssignable,
		graph.RefusedScope:       v1alpha1.ReasonRoleNotAllowedAtScope,
		graph.RefusedSelfRemoval: v1alpha1.ReasonSelfRemovalRefused,
		graph.RefusedLimit:       v1alpha1.ReasonLimitExceeded,
		graph.RefusedLicense:     v1alpha1.ReasonLicenseRequired,
		graph.RefusedPolicy:      v1alpha1.ReasonPolicyFailed,
	}
	if reason, ok := reasons[refusal]; ok {
		return reason
	}
	return v1alpha1.ReasonRequestRefused
}
