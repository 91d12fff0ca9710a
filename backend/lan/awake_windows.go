package lan

import (
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/sys/windows"
)

var setThreadExecutionState = windows.NewLazySystemDLL("kernel32.dll").NewProc("SetThreadExecutionState")

// Flags of SetThreadExecutionState.
const (
	esContinuous     = 0x80000000
	esSystemRequired = 0x00000001
)

// KeepAwake keeps this computer from going to sleep by itself until release is called, which may happen more than once. The
// screen may still go dark. how says what does it, for people; err why nothing can.
//
// Windows keeps the wish with the thread that uttered it, so one thread is held for it.
func KeepAwake(string) (release func(), how string, err error) {
	stop, uttered := make(chan struct{}), make(chan error)
	var held sync.WaitGroup
	held.Go(func() { // release waits for it
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if before, _, err := setThreadExecutionState.Call(esContinuous | esSystemRequired); before == 0 {
			uttered <- fmt.Errorf("ask Windows to stay awake: %w", err)
			return
		}
		uttered <- nil
		<-stop
		setThreadExecutionState.Call(esContinuous)
	})
	if err := <-uttered; err != nil {
		held.Wait()
		return nil, "", err
	}
	return sync.OnceFunc(func() { close(stop); held.Wait() }), byExecution, nil
}
