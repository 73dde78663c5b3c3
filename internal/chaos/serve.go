package chaos

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"
)

// serve answers a call that a trial owns, with what goes wrong.
func (x *exchange) serve(f Fault) (*http.Response, error) {
	if x.directory && x.trial.isAway() {
		return nil, errReset
	}
	if f == Lagging {
		x.trial.lag()
		f = None
	}
	switch {
	case f == None && x.trial.lags(x.call.Op):
		return x.blindly()
	case f == None:
		return x.carry()
	case f.Crashes():
		return x.crash(f)
	case f.Hand():
		x.trial.act(f)
		return x.carry()
	}
	return x.fail(f)
}

// crash holds the call until the process has ended.
func (x *exchange) crash(f Fault) (*http.Response, error) {
	if f == CrashAfter {
		_ = x.deliver() // nobody is there to see what came of it
	}
	x.hold()
	if f == CrashLate && x.gate.Dead() {
		x.later(x.outliving())
	}
	return nil, errDead
}

// fail has the call go wrong while the process lives.
func (x *exchange) fail(f Fault) (*http.Response, error) {
	switch f {
	case Dropped:
		return nil, errReset
	case Late:
		x.later(x.world.Late)
		return nil, errReset
	case Lost, TimedOut:
		return x.lose(f)
	case Truncated:
		return x.truncate()
	}
	return x.instead(f)
}

// hold waits until the life ends, or the trial has been given up. A process that is gone does not see its own deadlines.
func (x *exchange) hold() {
	x.trial.markHeld()
	x.trial.hold(1)
	defer x.trial.hold(-1)
	select {
	case <-x.gate.life.Done():
	case <-x.trial.done:
	}
}

// outliving is how long after a kill a call is carried out: a create call when the next manager may have looked already.
func (x *exchange) outliving() time.Duration {
	if x.call.Op == OpCreate {
		return x.world.Late
	}
	return 0
}

// deliver carries the call out as long as the process lives.
func (x *exchange) deliver() error {
	ctx, done := x.living()
	defer done()
	return x.send(ctx)
}

func (x *exchange) carry() (*http.Response, error) {
	if err := x.deliver(); err != nil {
		return nil, err
	}
	return x.response(), nil
}

// lose carries the call out and breaks the connection, or answers that it took too long.
func (x *exchange) lose(f Fault) (*http.Response, error) {
	_ = x.deliver() // what came of it does not arrive
	if f == TimedOut {
		return x.instead(f)
	}
	return nil, errReset
}

// truncate has half the answer arrive, or none if it has no body.
func (x *exchange) truncate() (*http.Response, error) {
	if err := x.deliver(); err != nil {
		return nil, err
	}
	if len(x.answer) == 0 {
		return nil, errReset
	}
	resp := x.response()
	resp.Header = resp.Header.Clone()
	resp.Header.Del("Content-Length")
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(x.answer[:len(x.answer)/2])), -1
	return resp, nil
}

// instead answers in the place of the other side.
func (x *exchange) instead(f Fault) (*http.Response, error) {
	a, ok := answerOf(x.call.Op, f)
	if !ok {
		x.world.witness.violate(x.trial, "harness", "there is no fault "+string(f)+" of "+string(x.call.Op))
		return x.carry()
	}
	return a.response(x.req), nil
}

// later carries the call out after a while, whoever lives or dies.
func (x *exchange) later(d time.Duration) {
	x.trial.awaitLate(1)
	timer := x.world.Clock.NewTimer(d)
	go func() {
		defer x.trial.awaitLate(-1)
		<-timer.C()
		if x.call.Op == OpCreate && x.world.Clock.Since(x.claimed) > x.world.Window {
			x.trial.void("a late call would be later than the propagation window allows: the machine is too slow")
			return
		}
		x.trial.tell("gate", string(x.call.Op), "is carried out late")
		_ = x.send(context.WithoutCancel(x.req.Context())) // nobody is there to see what came of it
	}()
}
