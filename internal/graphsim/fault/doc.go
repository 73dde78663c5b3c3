// Package fault describes what shall go wrong, and picks the faults that a
// call meets. It knows nothing of Graph: a fault is matched by method, path,
// tenant and operation, and its effect is carried out by whoever asked.
//
// It imports the standard library only.
package fault
