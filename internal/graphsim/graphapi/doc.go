// Package graphapi is Microsoft Graph, v1.0 and beta, as far as directory roles need it:
// it routes calls, enforces permissions, and applies the rules of the directory
// to the store. What kinds of objects there are is told by package schema.
//
// Behaviour is marked where it is coded: documented, with the page of
// Microsoft's public documentation, or assumed; docs/simulator.md lists the
// assumptions. It imports the simulator's other parts and nothing else.
package graphapi
