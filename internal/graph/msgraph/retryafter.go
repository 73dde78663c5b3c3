package msgraph

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter caps what a Retry-After may ask for: twice the longest window of Graph's documented limits (5 minutes;
// Microsoft Graph docs, throttling-limits). Without a cap, one bad header would stop revocations for as long as it likes.
const maxRetryAfter = 10 * time.Minute

// retryAfter reads a Retry-After header: seconds, which Graph also sends with a fraction, or an HTTP date, relative to
// now. Fractions are rounded up, so that nothing is sent too early. What cannot be read is 0.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if seconds, err := strconv.ParseFloat(header, 64); err == nil {
		return secondsUp(seconds)
	}
	if at, err := http.ParseTime(header); err == nil {
		return secondsUp(at.Sub(now).Seconds())
	}
	return 0
}

// secondsUp returns whole seconds between 0 and maxRetryAfter.
func secondsUp(seconds float64) time.Duration {
	switch {
	case math.IsNaN(seconds) || seconds <= 0:
		return 0
	case seconds >= maxRetryAfter.Seconds():
		return maxRetryAfter
	}
	return time.Duration(math.Ceil(seconds)) * time.Second
}
