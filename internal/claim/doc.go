// Package claim is what all kinds that stand for something in a directory have in common, beside the protocol of
// internal/lifecycle: how they are wired to the manager, how they find their Tenant, how the names in a spec are looked up,
// and how long a schedule lasts. A kind adds its types, its key, its calls and its rules.
package claim
