// Package docs tests that the documentation keeps up with the code.
package docs
