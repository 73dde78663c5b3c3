package throttle

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The spans that limits are given for.
const (
	unitSpan  = 10 * time.Second
	writeSpan = 150 * time.Second
)

// reserve is the share of a bucket that calls of low priority must leave.
// Documented: they are shed first; assumed: from four fifths on.
const reserve = 0.2

// Limits of one application in one tenant; 0 is none.
type Limits struct {
	// Units of resources each ten seconds.
	Units int
	// Writes each 150 seconds.
	Writes int
}

// Limiter hands out what the limits allow. It is safe for concurrent use.
type Limiter struct {
	mu      sync.Mutex
	limits  Limits
	buckets map[string]*buckets
}

type buckets struct{ units, writes *rate.Limiter }

// Spending is what a call costs, and whom.
type Spending struct {
	AppID, TenantID string
	Units           int
	Write, Low      bool
}

// Decision is whether a call may go on.
type Decision struct {
	Allowed bool
	// RetryAfter is when it may, and Scope and Information why not yet.
	RetryAfter         time.Duration
	Scope, Information string
	// Usage is the share of the fuller limit that is spent: 0 to 1.
	Usage float64
}

// New returns a limiter without limits.
func New() *Limiter { return &Limiter{buckets: map[string]*buckets{}} }

// Set changes the limits and, if they are others, forgets what was spent.
func (l *Limiter) Set(limits Limits) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if limits == l.limits {
		return
	}
	l.limits, l.buckets = limits, map[string]*buckets{}
}

// Take spends, unless a limit forbids it; then nothing is spent.
func (l *Limiter) Take(s Spending, now time.Time) Decision {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.of(s)
	scope := "/" + s.AppID + "/" + s.TenantID
	if wait := shortage(b.units, s.Units, s.Low, now); wait > 0 {
		return Decision{RetryAfter: wait, Usage: 1, Scope: "Tenant_Application/ReadWrite" + scope, Information: "ResourceUnitLimitExceeded"}
	}
	if wait := shortage(b.writes, 1, s.Low, now); s.Write && wait > 0 {
		return Decision{RetryAfter: wait, Usage: 1, Scope: "Tenant_Application/Write" + scope, Information: "WriteLimitExceeded"}
	}
	spend(b.units, s.Units, now)
	if s.Write {
		spend(b.writes, 1, now)
	}
	return Decision{Allowed: true, Usage: max(usage(b.units, now), usage(b.writes, now))}
}

func (l *Limiter) of(s Spending) *buckets {
	key := s.AppID + "/" + s.TenantID
	b, ok := l.buckets[key]
	if !ok {
		b = &buckets{bucket(l.limits.Units, unitSpan), bucket(l.limits.Writes, writeSpan)}
		l.buckets[key] = b
	}
	return b
}

// bucket holds a whole span's worth; nil is no limit.
func bucket(n int, span time.Duration) *rate.Limiter {
	if n == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(float64(n)/span.Seconds()), n)
}

// shortage is how long it takes until n can be spent; 0 is now.
func shortage(b *rate.Limiter, n int, low bool, now time.Time) time.Duration {
	if b == nil {
		return 0
	}
	keep := 0.0
	if low {
		keep = reserve * float64(b.Burst())
	}
	missing := min(float64(n)+keep, float64(b.Burst())) - b.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	return time.Duration(missing / float64(b.Limit()) * float64(time.Second))
}

func spend(b *rate.Limiter, n int, now time.Time) {
	if b != nil {
		b.AllowN(now, min(n, b.Burst()))
	}
}

func usage(b *rate.Limiter, now time.Time) float64 {
	if b == nil {
		return 0
	}
	return 1 - max(0, b.TokensAt(now))/float64(b.Burst())
}
