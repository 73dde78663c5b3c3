package graph

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Class says what an error of a call means for what happens next.
type Class int

const (
	// Unknown is an answer that is not Graph's, or a code never seen. It says nothing about the directory.
	Unknown Class = iota
	// Transient is an outage: a time-out, a reset connection, a 5xx. The call may or may not have taken effect.
	Transient
	// Throttled is a 429. Nothing was done.
	Throttled
	// Unauthenticated means that no valid token could be had, or that Graph refused the one presented.
	Unauthenticated
	// Denied means that the token lacks a permission. Nothing was done.
	Denied
	// Refused means that the directory will not do this as it was asked. Nothing was done.
	Refused
	// NotFound is Graph's own 404: the replica that answered knows no such object.
	NotFound
	// Exists means that what was to be created is there already.
	Exists
)

// String returns the class's name.
func (c Class) String() string {
	names := [...]string{"Unknown", "Transient", "Throttled", "Unauthenticated", "Denied", "Refused", "NotFound", "Exists"}
	if c < 0 || int(c) >= len(names) {
		return fmt.Sprintf("Class(%d)", int(c))
	}
	return names[c]
}

// Refusal tells the refusals of the directory apart, one for each thing that a person would do about it.
type Refusal string

const (
	// RefusedRequest is a refusal that has no name of its own here.
	RefusedRequest Refusal = "RequestRefused"
	// RefusedGroup means that the group was not created as role-assignable.
	RefusedGroup Refusal = "GroupNotRoleAssignable"
	// RefusedScope means that the role cannot be assigned at that scope.
	RefusedScope Refusal = "RoleNotAllowedAtScope"
	// RefusedSelfRemoval means that the caller would take Global Administrator from itself.
	RefusedSelfRemoval Refusal = "SelfRemovalRefused"
	// RefusedLimit means that a limit of the directory is reached.
	RefusedLimit Refusal = "LimitExceeded"
	// RefusedLicense means that the tenant lacks a licence.
	RefusedLicense Refusal = "LicenseRequired"
	// RefusedPolicy means that a rule of the role's PIM policy does not allow it.
	RefusedPolicy Refusal = "PolicyRuleFailed"
	// RefusedPending means that another PIM request for the same grant is not concluded yet.
	RefusedPending Refusal = "RequestPending"
	// RefusedTooSoon means that PIM changes nothing until the active assignment has stood for five minutes.
	RefusedTooSoon Refusal = "ActiveDurationTooShort"
)

// Error is a call that did not succeed, translated from whatever the wire, the login endpoint or Graph said.
type Error struct {
	// Op is what was being done, as in "creating role assignment".
	Op      string
	Class   Class
	Refusal Refusal

	// Status is the HTTP status, 0 when there was no answer. Code and Message are Graph's (or the login endpoint's).
	Status  int
	Code    string
	Message string

	// Resource is the ID that a NotFound names, if it names one; an object ID is in lower case.
	Resource string
	// Permission is the least application permission that the call needs.
	Permission string
	// RetryAfter is how long the directory asked to be left alone; 0 when it did not say.
	RetryAfter time.Duration
	// RequestID is Graph's request-id, and ClientRequestID the one that was sent with the call. They are for logs only.
	RequestID       string
	ClientRequestID string
	// NotSent means that the request never left, so that it cannot have taken effect.
	NotSent bool
	// Err is the cause when there was no answer to translate.
	Err error
}

// Error returns a sentence that is the same each time the same thing goes wrong: no request ID, no time.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	for _, part := range []string{e.Code, strings.TrimSpace(e.Message)} {
		if part != "" {
			b.WriteString(": " + part)
		}
	}
	if e.Code == "" && e.Message == "" {
		b.WriteString(": " + e.cause())
	}
	return b.String()
}

func (e *Error) cause() string {
	switch {
	case e.Err != nil:
		return e.Err.Error()
	case e.Status != 0:
		return fmt.Sprintf("HTTP status %d without an error of Microsoft Graph", e.Status)
	}
	return e.Class.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Answered tells whether the call certainly had no effect or its effect is known. After an unanswered write the
// directory may show the change now, later or never.
func (e *Error) Answered() bool {
	return e.NotSent || (e.Class != Unknown && e.Class != Transient)
}

// ClassOf returns the class of err: Unknown unless it is, or wraps, an *Error.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Unknown
}

// Unanswered tells whether the write that returned err may still take effect.
func Unanswered(err error) bool {
	if err == nil {
		return false
	}
	e, ok := errors.AsType[*Error](err)
	return !ok || !e.Answered()
}
