package main

import (
	"testing"
	"time"
)

// TestGrowth holds that a life is measured from its first calm moment to its last, and what is too much.
func TestGrowth(t *testing.T) {
	moment := func(life int, minutes, resident, goroutines, files float64) sample {
		return sample{life: life, at: time.Unix(0, 0).Add(time.Duration(minutes * float64(time.Minute))),
			figures: map[string]float64{metricResident: resident * mib, metricGoroutines: goroutines, metricFiles: files}}
	}
	cases := map[string]struct {
		samples []sample
		wantErr bool
	}{
		"nothing":                {nil, false},
		"one moment":             {[]sample{moment(1, 0, 70, 200, 20)}, false},
		"steady":                 {[]sample{moment(1, 0, 70, 200, 20), moment(1, 30, 136, 250, 70)}, false},
		"memory":                 {[]sample{moment(1, 0, 70, 200, 20), moment(1, 30, 138, 200, 20)}, true},
		"goroutines":             {[]sample{moment(1, 0, 70, 200, 20), moment(1, 15, 70, 200, 20), moment(1, 30, 70, 251, 20)}, true},
		"files":                  {[]sample{moment(1, 0, 70, 200, 20), moment(1, 30, 70, 200, 71)}, true},
		"another life has other": {[]sample{moment(1, 0, 70, 200, 20), moment(1, 30, 70, 200, 20), moment(2, 31, 400, 900, 90)}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var excess error
			for _, g := range growths(tc.samples) {
				if err := g.excess(); err != nil {
					excess = err
				}
			}
			if (excess != nil) != tc.wantErr {
				t.Errorf("got %v, want an error: %t", excess, tc.wantErr)
			}
		})
	}
	half := growth{moment(1, 0, 70, 200, 20), moment(1, 30, 80, 230, 20)}
	if got := half.hourly(metricGoroutines); got != 60 {
		t.Errorf("30 goroutines in half an hour are %v an hour, want 60", got)
	}
}
