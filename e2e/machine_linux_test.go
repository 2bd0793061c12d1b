package e2e

import "syscall"

// endWithUs lets a command end also when the test run is killed.
func endWithUs(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGTERM }
