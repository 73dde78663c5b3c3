// Package mutant is the switch of a build with mutants in it. Nothing else imports it.
package mutant

import "os"

// Variable names the mutant that is switched on. It is an environment variable, so that a process has one mutant from its
// beginning to its end.
const Variable = "ROLEWARDEN_MUTANT"

// Is tells whether the mutant of that name is switched on.
func Is(name string) bool { return os.Getenv(Variable) == name }
