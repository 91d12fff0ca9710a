package main

import (
	"os"
	"os/exec"
	"strconv"
)

// ownGroup ends a program with all its children when its time is over. A Ctrl-C in the console reaches every program in
// it by itself.
func ownGroup(cmd *exec.Cmd) {
	cmd.Cancel = func() error {
		return exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(cmd.Process.Pid)).Run()
	}
}

func endGroup(*exec.Cmd) {}

// become runs the program in the foreground and ends as it ended: Windows cannot replace a process.
func (c call) become() error {
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Dir, cmd.Env = c.folder, environment(os.Environ(), c.env)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return c.explain(err)
	}
	return nil
}

const npmProgram = "npm.cmd"
