// Package stack tests the whole: a real API server with its controller manager, the real controllers through the real
// Graph SDK over HTTPS, and the directory simulator. What is asserted is what stands in the cluster and in the directory.
package stack
