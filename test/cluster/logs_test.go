package cluster

import (
	"bytes"
	"strings"
	"sync"
)

// logSink keeps what a manager logs.
type logSink struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write takes a line.
func (l *logSink) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// line tells whether some line holds all the texts.
func (l *logSink) line(texts ...string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
lines:
	for line := range strings.Lines(l.buf.String()) {
		for _, text := range texts {
			if !strings.Contains(line, text) {
				continue lines
			}
		}
		return true
	}
	return false
}

func (l *logSink) tail(lines int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := strings.Split(l.buf.String(), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
