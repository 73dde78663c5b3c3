// Package api tests the validation rules of the custom resources against a real API server: for each rule a row that it
// lets through and a row that it stops, with the sentence that the user reads.
package api
