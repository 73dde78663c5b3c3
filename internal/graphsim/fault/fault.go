package fault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Fault is an order to let calls go wrong.
type Fault struct {
	// ID names the fault; it is given when the fault is added.
	ID string `json:"id,omitempty"`
	// Match says which calls the fault is for; an empty match is for all.
	Match Match `json:"match"`
	// Skip is how many matching calls pass unharmed first.
	Skip int `json:"skip,omitempty"`
	// Count is how many calls are then harmed; 0 means until cleared.
	Count int `json:"count,omitempty"`
	// Effect is what happens to them.
	Effect Effect `json:"effect"`
}

// Match says which calls a fault is for. An empty field matches anything.
type Match struct {
	// Method is an HTTP method.
	Method string `json:"method,omitempty"`
	// Path is a regular expression, searched for in the path of the URL.
	Path string `json:"path,omitempty"`
	// TenantID is the tenant of the token, or of the path for the login endpoints.
	TenantID string `json:"tenantID,omitempty"`
	// Operation is the simulator's name for the call, such as "roleAssignments.create" or "token".
	Operation string `json:"operation,omitempty"`
}

// Effect is what happens to a call that meets a fault. Latency goes with every
// other effect; of the others exactly one kind can be given.
type Effect struct {
	// Latency is waited before anything else is done.
	Latency time.Duration `json:"-"`

	// Status answers with this status in Graph's error envelope, nothing being
	// done unless AfterCommit says so.
	Status int `json:"status,omitempty"`
	// Code and Message fill the envelope that goes with Status.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// Headers are added to the answer.
	Headers map[string]string `json:"headers,omitempty"`
	// RetryAfter is sent as it stands, sense or nonsense; empty sends none.
	RetryAfter string `json:"retryAfter,omitempty"`
	// Body replaces the envelope by raw bytes, of type ContentType; an empty
	// string is an empty body.
	Body        *string `json:"body,omitempty"`
	ContentType string  `json:"contentType,omitempty"`

	// AfterCommit sends Status only after the call was carried out.
	AfterCommit bool `json:"afterCommit,omitempty"`
	// DropBefore closes the connection, nothing being done.
	DropBefore bool `json:"dropBefore,omitempty"`
	// LoseAnswer carries the call out and closes the connection.
	LoseAnswer bool `json:"loseAnswer,omitempty"`
	// LateCommit answers at once, with Status or by closing the connection, and
	// carries the call out this much later.
	LateCommit time.Duration `json:"-"`
	// NotFoundByLag answers as a replica would that has not heard of the object.
	NotFoundByLag bool `json:"notFoundByLag,omitempty"`
}

// durations are written as Go writes them ("1.5s"), in JSON as in flags.
type durations struct {
	Latency    string `json:"latency,omitempty"`
	LateCommit string `json:"lateCommit,omitempty"`
}

type plainEffect Effect

// MarshalJSON writes durations as strings.
func (e Effect) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		plainEffect
		durations
	}{plainEffect(e), durations{text(e.Latency), text(e.LateCommit)}})
}

// UnmarshalJSON reads durations from strings.
func (e *Effect) UnmarshalJSON(data []byte) error {
	var in struct {
		plainEffect
		durations
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields() // the decoder above does not reach in here
	if err := dec.Decode(&in); err != nil {
		return err
	}
	*e = Effect(in.plainEffect)
	return errors.Join(parse(in.durations.Latency, &e.Latency), parse(in.durations.LateCommit, &e.LateCommit))
}

func text(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func parse(s string, d *time.Duration) (err error) {
	if s != "" {
		*d, err = time.ParseDuration(s)
	}
	return err
}

// answers reports whether the effect replaces the answer.
func (e Effect) answers() bool { return e.Status != 0 || e.Body != nil }

// onlySlows reports whether a call goes on as usual after the latency.
func (e Effect) onlySlows() bool {
	return !e.answers() && !e.DropBefore && !e.LoseAnswer && e.LateCommit == 0 && !e.NotFoundByLag
}

// validate refuses a fault that could not be carried out as written.
func (f Fault) validate() error {
	if _, err := regexp.Compile(f.Match.Path); err != nil {
		return fmt.Errorf("match.path is not a regular expression: %w", err)
	}
	e := f.Effect
	kinds := count(e.DropBefore, e.LoseAnswer, e.NotFoundByLag, e.LateCommit > 0)
	switch {
	case f.Skip < 0 || f.Count < 0 || e.Latency < 0 || e.LateCommit < 0:
		return errors.New("skip, count, latency and lateCommit must not be negative")
	case kinds > 1, e.answers() && count(e.DropBefore, e.LoseAnswer, e.NotFoundByLag) > 0:
		return errors.New("give one of status, body, dropBefore, loseAnswer, notFoundByLag, or lateCommit with an optional status")
	case e.AfterCommit && !e.answers():
		return errors.New("afterCommit needs a status or a body to answer with")
	case e.onlySlows() && e.Latency == 0:
		return errors.New("the effect is empty: give latency, status, body, dropBefore, loseAnswer, lateCommit or notFoundByLag")
	case e.Status != 0 && (e.Status < 100 || e.Status > 599):
		return fmt.Errorf("%d is not an HTTP status", e.Status)
	}
	return nil
}

func count(flags ...bool) (n int) {
	for _, f := range flags {
		if f {
			n++
		}
	}
	return n
}
