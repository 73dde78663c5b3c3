// Package faults breaks the controller on purpose, at every call it makes.
//
// Its tests drive the production reconciler in process, between a Kubernetes API
// and a directory that obey one virtual clock. A flow is run once undisturbed
// and its calls are numbered; then it is run again, from a fresh start, for every
// call and everything that can go wrong there, with or without somebody
// interfering, and with two such faults. After each call it is checked that
// nothing leaked, nothing was removed that nobody claimed, and nobody was told
// something false; in the end, that what was asked for came about.
//
// A schedule is written as a token such as "create-delete:7.late.edit,12.crash":
// flow, number of the call, fault, and who interferes. The token replays it:
//
//	go test ./internal/faults -run Replay -schedule=create-delete:7.late.edit,12.crash
//
// Those that once showed a mistake are kept in testdata/schedules.txt and are
// played by each run of the tests.
package faults
