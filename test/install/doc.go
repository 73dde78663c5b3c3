// Package install tests what is shipped as manifests: config/default and config/samples are applied with kubectl, the
// manager runs as its own service account, and what it asks of the API server is compared with what its roles allow.
package install
