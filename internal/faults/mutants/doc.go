// Package mutants puts mistakes into the controller, to show that the search of
// internal/faults would see them.
//
// A mutant is a mistake that somebody might make: a name, a sentence, and edits
// of production files, which the files in table/ list in the manner of a patch.
// All of them are compiled into one build by Go's -overlay flag, from copies in
// a temporary directory: the production files know nothing of it. In that build
// a switch (package mutant) chooses one of them, or none, as a process begins.
//
//	make faults                 searches, and then proves that each mutant is caught
//	make faults MUTANT=name     searches the build with that mutant switched on, and fails
//
// An edit whose old text is not in its file any more, or is there twice, is an
// error, which go test ./internal/faults/mutants finds without a search: whoever
// changes a line that a mutant changes, changes the mutant.
//
// What only exists for mutants lies here or has the build tag mutants.
package mutants
