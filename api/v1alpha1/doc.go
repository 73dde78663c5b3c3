// Package v1alpha1 holds the custom resources of entra.rolewarden.dev: what people ask for in a directory, and what the
// controller says about it. It imports k8s.io/apimachinery only.
//
// +kubebuilder:object:generate=true
// +groupName=entra.rolewarden.dev
package v1alpha1
