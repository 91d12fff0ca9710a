package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// complain says text to the person who started the program. One built for the window (-H windowsgui) has no standard error, and
// a start that fails without a word looks like a program that does nothing: there it says so in a message box.
func complain(text string) {
	if _, err := fmt.Fprintln(os.Stderr, text); err == nil {
		return
	}
	message, err := windows.UTF16PtrFromString(text)
	if err != nil {
		return // a NUL in the text: nothing that could be shown
	}
	title, _ := windows.UTF16PtrFromString("Hearth")
	_, _ = windows.MessageBox(0, message, title, windows.MB_OK|windows.MB_ICONWARNING)
}
