//go:build !linux

package main

import "syscall"

// attributes has a process outlive us if we are killed: the system knows no better.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
