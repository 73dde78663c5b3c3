// Command demo starts a control plane, a simulated directory and the manager, and tells with real kubectl commands how
// roles are granted and taken away. Whatever does not come out as told makes it exit non-zero.
//
// It drives the programs as a user would, from outside; of the project's packages it imports internal/testenv, which
// starts the control plane, and the types of internal/graphsim's seed and control interface.
package main
