//go:build !linux

package e2e

import "syscall"

// endWithUs does nothing: only Linux can do it.
func endWithUs(*syscall.SysProcAttr) {}
