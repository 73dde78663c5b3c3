// Package mutant is the switch of a build with mutants in it. Nothing else imports it.
package mutant

import (
	"os"
	"sync/atomic"
)

// Variable names the mutant that is switched on. It is an environment variable, so that a process has one mutant from its
// beginning to its end.
const Variable = "ROLEWARDEN_MUTANT"

var turns atomic.Int64 //nolint:gochecknoglobals // What is counted is code without a receiver of its own.

// Is tells whether the mutant of that name is switched on. It is asked last, where only the mutant makes a difference.
func Is(name string) bool {
	if os.Getenv(Variable) != name {
		return false
	}
	turns.Add(1)
	return true
}

// Turns is how often the mutant that is switched on has come to its turn.
func Turns() int64 { return turns.Load() }
