package mutants

// Hunt is what became of the search for a mutant.
type Hunt struct {
	Caught bool
	// Depth is how many faults it took, and Tried how many schedules were played.
	Depth, Tried int
	// Schedule is the token that replays it; Violation is the invariant and what was wrong.
	Schedule, Violation string
	// Remembered is set when it was one that an earlier search had kept.
	Remembered bool
	// Spoilt are schedules that do not count, since they show something wrong without the mutant, too.
	Spoilt []string
}
