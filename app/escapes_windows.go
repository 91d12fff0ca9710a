package main

import "golang.org/x/sys/windows"

// enableEscapes asks the console to understand escape sequences. One of before Windows 10 cannot: it gets plain lines.
func enableEscapes(fd int) bool {
	var mode uint32
	if err := windows.GetConsoleMode(windows.Handle(fd), &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(windows.Handle(fd), mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
