// Command kills runs the shipped manager as a process of its own, behind proxies that hold calls, and ends it there: with
// SIGKILL exactly at a named call, with SIGTERM, with SIGSTOP past its lease while another one takes over. What users do
// meanwhile are the trials of internal/chaos, whose witness checks the invariants at every call and at every change of
// etcd and of the directory; in the end every trial must have converged.
//
// Leaders, whose leases have to run out, are ended in a cluster of their own, beside that of all other managers.
//
// With -soak it does so at random for as long as asked, breaks calls and the directory besides, and measures at calm
// moments whether the manager grows: from the first calm moment of a life to its last by no more than 50 goroutines, 50
// open files, and half of its resident memory and 32 MiB.
//
// All that it starts listens on loopback, on free ports, and ends with it. A run ends with status 1 if an invariant was
// violated, a trial did not converge, a manager grew too much, fewer managers were ended than asked for, or more than one
// place in ten was tried and not struck. It says how to play the same again.
package main
