package msgraph

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := newClock().Now()
	cases := map[string]struct {
		header string
		want   time.Duration
	}{
		"seconds":        {"10", 10 * time.Second},
		"fraction":       {"2.128", 3 * time.Second},
		"less than one":  {"0.9", time.Second},
		"a blink":        {"0.000001", time.Second},
		"spaces":         {" 7 ", 7 * time.Second},
		"exponent":       {"1e2", 100 * time.Second},
		"zero":           {"0", 0},
		"negative":       {"-5", 0},
		"missing":        {"", 0},
		"words":          {"soon", 0},
		"NaN":            {"NaN", 0},
		"infinite":       {"Inf", maxRetryAfter},
		"absurd":         {"99999999999999999999", maxRetryAfter},
		"date":           {now.Add(90 * time.Second).Format(http.TimeFormat), 90 * time.Second},
		"date in RFC850": {now.Add(30 * time.Second).Format("Monday, 02-Jan-06 15:04:05 GMT"), 30 * time.Second},
		"date gone by":   {now.Add(-time.Hour).Format(http.TimeFormat), 0},
		"date far away":  {now.AddDate(500, 0, 0).Format(http.TimeFormat), maxRetryAfter},
		"two values":     {"1, 2", 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := retryAfter(tc.header, now); got != tc.want {
				t.Errorf("%q is %v, want %v", tc.header, got, tc.want)
			}
		})
	}
	if got := retryAfter(now.Add(time.Second).Format(http.TimeFormat), now.Add(time.Millisecond)); got != time.Second {
		t.Errorf("the rest of a second is %v, want it rounded up", got)
	}
}
