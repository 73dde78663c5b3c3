package clock

import (
	"testing"
	"time"
)

// still is a clock that stands, and whose timers never fire.
type still struct{}

func (still) Now() time.Time { return time.Unix(1000, 0) }

func (still) NewTimer(time.Duration) (<-chan time.Time, func() bool) {
	return nil, func() bool { return true }
}

func TestOffset(t *testing.T) {
	o := NewOffset(still{})
	soon, _ := o.NewTimer(time.Second)
	later, stopLater := o.NewTimer(time.Minute)
	o.Advance(time.Second)
	if got := <-soon; !got.Equal(time.Unix(1001, 0)) {
		t.Errorf("fired at %s", got)
	}
	if !o.Now().Equal(time.Unix(1001, 0)) {
		t.Errorf("Now() = %s", o.Now())
	}
	if !stopLater() {
		t.Error("a timer that had not fired says that it had")
	}
	o.Advance(time.Hour)
	select {
	case <-later:
		t.Error("a timer that was stopped fired")
	default:
	}
}

func TestOffsetFollowsItsBase(t *testing.T) {
	o := NewOffset(Real{})
	fired, stop := o.NewTimer(time.Nanosecond)
	<-fired
	if stop() {
		t.Error("a timer that had fired says that it had not")
	}
}
