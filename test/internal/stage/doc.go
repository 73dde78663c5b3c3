// Package stage is where tests play that need a real control plane and a manager on it: a control plane, lent to one test at a
// time, and the words for what is done and seen there. It is for the packages under test only.
package stage
