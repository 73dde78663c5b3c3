// Package tenant connects the controller to the directories that Tenants stand for, and says what it may do there.
package tenant
