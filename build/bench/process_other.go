//go:build !linux

package bench

import (
	"os"
	"os/exec"
	"time"
)

// cores is where hub and load run: here the system chooses.
type cores struct{}

func pick() cores                       { return cores{} }
func (cores) String() string            { return "hub and load share the cores" }
func otherLoad() string                 { return "" }
func (cores) pinSelf() (back func())    { return func() {} }
func (cores) start(cmd *exec.Cmd) error { return cmd.Start() }

func cpuTime(int) (time.Duration, error) { return 0, errOnlyLinux }
func residentBytes(int) (float64, error) { return 0, errOnlyLinux }

func forgetFile(string) error { return errOnlyLinux }

func withDescriptors(cmd *exec.Cmd) *exec.Cmd { return cmd }

func processor() string { return os.Getenv("PROCESSOR_IDENTIFIER") } // Windows sets it
func kernel() string    { return "" }
