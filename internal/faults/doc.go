// Package faults breaks the controller on purpose, at every call it makes.
//
// Its tests drive the production reconcilers of all kinds, with the production client of Microsoft Graph, in one process, between
// a Kubernetes API (cluster) and directories (internal/graphsim) that obey one virtual clock. A flow is run once
// undisturbed and its calls are numbered; then it is run again, from a fresh start, for every call and everything that can
// go wrong there, with or without somebody interfering, and with two such faults. After each call and before each instant
// it is checked that nothing leaked, nothing was removed that nobody claimed, and nobody was told something false; in the
// end, that what was asked for came about, and in time.
//
// # Schedules
//
// A schedule is written as a token such as "create-delete:7.late.edit,12.crash": flow, number of the call, fault, and who
// interferes then. The token replays it and prints the merged history of cluster, directory and controller:
//
//	go test ./internal/faults -run Replay -schedule=create-delete:7.late.edit,12.crash
//
// Those that once showed a mistake are kept in testdata/schedules.txt and are played by each run of the tests. Jitter is
// at its longest, and nothing else is left to chance: a token gives the same history each time (TestDeterminism).
//
// # Sizes
//
// Without -full, TestFaults plays a part of depth 1 that -seed chooses, and fails for nothing that it left out. With -full
// it plays depth 1 whole, fails unless each boundary of each flow met each fault that its kind of call can meet, plays
// every pair of faults of create-delete, and of every flow a sample of pairs with somebody interfering.
//
// # Where to add what
//
//   - A flow: a line in flows_test.go, or in kindflows_test.go if it is of another kind than RoleAssignment; what users do in
//     it is in deeds_test.go and kinddeeds_test.go. An object is named as kubectl does ("groups/g"), a RoleAssignment by its
//     name alone, and the hands reach for the flow's subject.
//   - A kind: species_test.go and controller_test.go; what it asks for in oracle_test.go, what stands of it in
//     standing_test.go, its calls in exchange_test.go, and what may truly keep it from being Ready in kindtruth_test.go.
//   - Somebody who interferes: handOf in hands_test.go.
//   - A fault: its name and the calls it can befall in faults_test.go; what it does in process_test.go (process),
//     client_test.go (Kubernetes) or answer_test.go (directory).
//   - An invariant: safety_test.go, if it must hold at every instant, liveness_test.go otherwise. What is true is known to
//     oracle_test.go; what the invariants remember is in watch_test.go.
//
// # What is assumed
//
// Of the directory: a call takes effect within 70 seconds, and reads are at most 40 seconds behind. A delete call is judged
// when it is sent: if it takes effect late, and the same key was granted anew meanwhile, that grant goes, and where an
// object holds it the next look at the directory makes it anew. Of a watch: that the API server removed an object in spite
// of its finalizer is known to who leads at that time. If that process ends before the grant is revoked, or the object is
// made anew in the same instant, so that the watch shows one change, nobody is blamed for what stays. Of a user who writes
// to a status: what a process has not written itself it cannot tell from its predecessor's work, so a ledger that is
// forged or wiped after a restart is believed. A process that crashes between the directory's answer that it granted
// something else and the next call leaves that behind (docs/decisions/0006); so does one that loses the answer to a request
// for an administrative unit that is minutes old, where that falls back to the whole tenant.
package faults
