package graph

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestErrorText(t *testing.T) {
	cases := map[string]struct {
		err  *Error
		want string
	}{
		"code and message": {&Error{Op: "deleting", Code: "Request_BadRequest", Message: " no. "}, "deleting: Request_BadRequest: no."},
		"code alone":       {&Error{Op: "deleting", Code: "X"}, "deleting: X"},
		"message alone":    {&Error{Op: "deleting", Message: "no"}, "deleting: no"},
		"a cause":          {&Error{Op: "deleting", Status: 502, Err: errors.New("reset")}, "deleting: reset"},
		"a status":         {&Error{Op: "deleting", Status: 502}, "deleting: HTTP status 502 without an error of Microsoft Graph"},
		"a class":          {&Error{Op: "deleting", Class: Throttled}, "deleting: Throttled"},
		"what changes":     {&Error{Op: "deleting", Code: "X", RequestID: "a", ClientRequestID: "b", RetryAfter: time.Second}, "deleting: X"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := tc.err.Error(); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAnswered(t *testing.T) {
	cases := map[Class]bool{
		Unknown: false, Transient: false,
		Throttled: true, Unauthenticated: true, Denied: true, Refused: true, NotFound: true, Exists: true,
	}
	for class, want := range cases {
		t.Run(class.String(), func(t *testing.T) {
			wrapped := fmt.Errorf("reconciling: %w", &Error{Class: class})
			if got := Unanswered(wrapped); got != !want {
				t.Errorf("unanswered is %v, want %v", got, !want)
			}
			if got := ClassOf(wrapped); got != class {
				t.Errorf("class is %v, want %v", got, class)
			}
			if Unanswered(&Error{Class: class, NotSent: true}) {
				t.Error("what was not sent counts as unanswered")
			}
		})
	}
	if Unanswered(nil) {
		t.Error("success counts as unanswered")
	}
	if other := errors.New("x"); !Unanswered(other) || ClassOf(other) != Unknown {
		t.Error("an error of somebody else's counts as answered")
	}
}

func TestErrorsUnwrap(t *testing.T) {
	err := fmt.Errorf("reconciling: %w", &Error{Err: context.Canceled})
	if !errors.Is(err, context.Canceled) {
		t.Error("the cause is lost")
	}
}

func TestClassNames(t *testing.T) {
	for class, want := range map[Class]string{Unknown: "Unknown", Exists: "Exists", -1: "Class(-1)", 99: "Class(99)"} {
		if got := class.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
