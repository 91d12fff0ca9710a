package lan

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
)

// KeepAwake keeps this computer from going to sleep by itself until release is called, which may happen more than once. The
// screen may still go dark. how says what does it, for people; err why nothing can.
func KeepAwake(string) (release func(), how string, err error) {
	cmd := exec.Command("/usr/bin/caffeinate", "-i", "-s", "-w", strconv.Itoa(os.Getpid())) // ends with this program at the latest
	if err := cmd.Start(); err != nil {
		return nil, "", fmt.Errorf("start caffeinate: %w", err)
	}
	return sync.OnceFunc(func() {
		_ = cmd.Process.Kill() // an error says that it has ended
		_ = cmd.Wait()
	}), byCaffeine, nil
}
