// Package lifecycle is the grant protocol, written once for every kind: finalizer first, then the ledger, then the create
// call; Ready from a read; and release only when absence is proven. docs/protocol.md tells it in prose.
//
// A kind supplies how its key is resolved, read, created and deleted (Kind and External). The package imports the API,
// internal/graph and controller-runtime, and makes no call to a directory itself.
package lifecycle
