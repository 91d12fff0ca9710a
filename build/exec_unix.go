//go:build !windows

package main

import (
	"os"
	"os/exec"
	"syscall"
)

// ownGroup gives a program a process group of its own, so that it can be ended with all its children. A Ctrl-C at the
// terminal then reaches only this process, which passes it on.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
}

// endGroup kills what a program that has ended left running.
func endGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // mostly there is nothing left: ESRCH
	}
}

// become replaces this process by the program, so that signals and the exit code need no passing on.
func (c call) become() error {
	if err := os.Chdir(c.folder); err != nil {
		return err
	}
	return c.explain(syscall.Exec(c.args[0], c.args, environment(os.Environ(), c.env)))
}

const npmProgram = "npm"
