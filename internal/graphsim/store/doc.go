// Package store keeps the directories: rows of properties, every version of
// them with the instant from which it holds. A replica that lags behind is then
// nothing but a look at an earlier instant, exact to the nanosecond, and a
// write that takes effect late is work that waits for its time.
//
// The store knows no rules of the directory: who may write what is decided by
// its callers. It imports the standard library only.
package store
