// Package hashicorp tries the simulator with the SDK that the azuread provider
// of Terraform is built on. It shares no code with Microsoft's SDK, and has its
// own opinion of what an answer looks like and what to try again.
package hashicorp
