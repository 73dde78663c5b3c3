// Command bench measures what Rolewarden costs: the manager's memory, the calls of Microsoft Graph that a grant and a
// revocation take, as the simulator counts them, and how long each takes from kubectl's point of view. It starts all that
// it needs and stops it again. Counts can be compared between machines; times only within one run.
package main
