package lan

import (
	"context"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	powerprof               = windows.NewLazySystemDLL("powrprof.dll")
	registerSuspendResume   = powerprof.NewProc("PowerRegisterSuspendResumeNotification")
	unregisterSuspendResume = powerprof.NewProc("PowerUnregisterSuspendResumeNotification")
)

const (
	deviceNotifyCallback = 2 // DEVICE_NOTIFY_CALLBACK
	suspends             = 4 // PBT_APMSUSPEND
)

// WatchSleep calls f each time before this computer goes to sleep, which waits for f for about two seconds. It returns nil when
// ctx ends, and an error when Windows does not take the call.
func WatchSleep(ctx context.Context, f func()) error {
	subscription := struct{ callback, context uintptr }{ // DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS
		callback: windows.NewCallback(func(_, event, _ uintptr) uintptr {
			if event == suspends {
				f()
			}
			return 0
		}),
	}
	var handle uintptr
	if code, _, _ := registerSuspendResume.Call(deviceNotifyCallback, uintptr(unsafe.Pointer(&subscription)), uintptr(unsafe.Pointer(&handle))); code != 0 {
		return fmt.Errorf("listen for sleep: %w", windows.Errno(code))
	}
	defer unregisterSuspendResume.Call(handle)
	<-ctx.Done()
	return nil
}
