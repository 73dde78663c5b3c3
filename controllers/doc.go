// Package controllers puts the controllers of all kinds together.
package controllers
