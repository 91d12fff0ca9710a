//go:build !windows

package main

// enableEscapes reports whether the terminal draws by escape sequences; all but Windows' do so unasked.
func enableEscapes(int) bool { return true }
