package throttle

import (
	"testing"
	"time"
)

func TestTake(t *testing.T) {
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	app := Spending{AppID: "a", TenantID: "t", Units: 1}
	with := func(change func(*Spending)) Spending {
		s := app
		change(&s)
		return s
	}
	low := with(func(s *Spending) { s.Low = true })
	write := with(func(s *Spending) { s.Write = true })
	dear := with(func(s *Spending) { s.Units = 50 })
	tests := map[string]struct {
		limits Limits
		before int // calls of one unit at once
		after  time.Duration
		call   Spending
		want   time.Duration // until it is allowed
	}{
		"no limits":                     {Limits{}, 1000, 0, app, 0},
		"within":                        {Limits{Units: 10}, 9, 0, app, 0},
		"spent":                         {Limits{Units: 10}, 10, 0, app, time.Second},
		"refilled":                      {Limits{Units: 10}, 10, time.Second, app, 0},
		"low priority leaves a reserve": {Limits{Units: 10}, 8, 0, low, time.Second},
		"low priority within":           {Limits{Units: 10}, 7, 0, low, 0},
		"dearer than the whole bucket":  {Limits{Units: 10}, 0, 0, dear, 0},
		"another application":           {Limits{Units: 10}, 10, 0, with(func(s *Spending) { s.AppID = "b" }), 0},
		"another tenant":                {Limits{Units: 10}, 10, 0, with(func(s *Spending) { s.TenantID = "u" }), 0},
		"reads are no writes":           {Limits{Writes: 1}, 10, 0, write, 0},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			l := New()
			l.Set(tc.limits)
			for range tc.before {
				if got := l.Take(app, start); !got.Allowed {
					t.Fatalf("refused early: %+v", got)
				}
			}
			got := l.Take(tc.call, start.Add(tc.after))
			if got.Allowed != (tc.want == 0) || got.RetryAfter.Round(time.Millisecond) != tc.want {
				t.Errorf("Take() = %+v, want %s", got, tc.want)
			}
		})
	}
}

func TestRefusedCallsSpendNothing(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	l := New()
	l.Set(Limits{Units: 10, Writes: 1})
	write := Spending{Units: 1, Write: true}
	l.Take(write, now)
	for range 5 {
		if got := l.Take(write, now); got.Allowed || got.Information != "WriteLimitExceeded" {
			t.Fatalf("Take() = %+v", got)
		}
	}
	for range 9 {
		if got := l.Take(Spending{Units: 1}, now); !got.Allowed {
			t.Fatalf("refused writes spent units: %+v", got)
		}
	}
}
