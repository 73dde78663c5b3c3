package journal

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// keep is how many calls are remembered in full; counts are kept of all.
const keep = 20000

// Call is one call that a client made. A call inside a batch is a call too.
type Call struct {
	ID              int64     `json:"id"`
	Time            time.Time `json:"time"`
	Method          string    `json:"method"`
	Path            string    `json:"path"`
	Operation       string    `json:"operation"`
	Status          int       `json:"status"` // 0: no answer was sent
	TenantID        string    `json:"tenantID,omitempty"`
	AppID           string    `json:"appID,omitempty"`
	ObjectID        string    `json:"objectID,omitempty"`
	ClientRequestID string    `json:"clientRequestID,omitempty"`
}

// Journal is safe for concurrent use. The zero value is empty and ready.
type Journal struct {
	mu     sync.Mutex
	lastID int64
	calls  []*Call
	counts map[string]int
}

// Open writes a call down as it arrives and gives it its ID.
func (j *Journal) Open(c Call) *Call {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lastID++
	c.ID = j.lastID
	if len(j.calls) >= 2*keep {
		j.calls = slices.Clone(j.calls[keep:])
	}
	j.calls = append(j.calls, &c)
	return &c
}

// Name says what the call turned out to be, and counts it.
func (j *Journal) Name(c *Call, operation string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.counts == nil {
		j.counts = map[string]int{}
	}
	c.Operation = operation
	j.counts[operation]++
}

// Caller says who made the call.
func (j *Journal) Caller(c *Call, tenantID, appID, objectID string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	c.TenantID, c.AppID, c.ObjectID = tenantID, appID, objectID
}

// Close says how the call was answered.
func (j *Journal) Close(c *Call, status int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	c.Status = status
}

// Calls returns a copy of what is remembered, oldest first.
func (j *Journal) Calls() []Call {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := make([]Call, 0, len(j.calls))
	for _, c := range j.calls[max(0, len(j.calls)-keep):] {
		out = append(out, *c)
	}
	return out
}

// Counts returns how many calls there were of each operation.
func (j *Journal) Counts() map[string]int {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.counts == nil {
		return map[string]int{}
	}
	return maps.Clone(j.counts)
}

// Reset forgets the calls and their counts; IDs go on.
func (j *Journal) Reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls, j.counts = nil, nil
}
