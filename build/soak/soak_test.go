package soak_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"hearth/build/soak"
)

// folder is where the program under test is built.
var folder string

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "hearth-soak-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	folder = dir
	return m.Run()
}

// program is the headless hub: the one in HEARTH_BIN, else built at the first call.
var program = sync.OnceValues(func() (string, error) {
	if named := os.Getenv("HEARTH_BIN"); named != "" {
		return named, nil
	}
	path := filepath.Join(folder, "hearth")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	build := exec.Command("go", "build", "-buildvcs=false", "-o", path, "../../app")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
})

// play plays one story in its short form.
func play(t *testing.T, name string) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	note, err := soak.PlayShort(t.Context(), name, path)
	if reason := soak.LeftOut(""); errors.As(err, &reason) {
		if reason == soak.NoStrace && runtime.GOOS == "linux" && os.Getenv("CI") == "true" {
			t.Fatal("the test command installs strace, but there is none")
		}
		t.Skip(reason)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Log(note)
}

func TestKilledHubLosesNothingItAcknowledged(t *testing.T) { play(t, "kill") }

func TestFullDiskIsSaidAndPasses(t *testing.T) { play(t, "full") }

func TestFailedFlushEndsAllPromises(t *testing.T) { play(t, "flush") }

func TestSlowDiskDelaysPostsAlone(t *testing.T) { play(t, "slow") }

func TestDamagedFileNeverPassesForAnEmptyOne(t *testing.T) { play(t, "damage") }

func TestNewestBackupTakesThePlaceOfADamagedFile(t *testing.T) { play(t, "restore") }

func TestSecondHubIsRefused(t *testing.T) { play(t, "second") }

func TestEndingHubSaysGoodbyeToAll(t *testing.T) { play(t, "end") }

func TestClientsLeaveNothingBehind(t *testing.T) { play(t, "churn") }
