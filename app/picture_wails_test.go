//go:build production && devtools && linux

package main

import (
	"os"
	"testing"
)

// takePicture fills the hub with a small scene and writes the window to a file: the picture in README.md.
func takePicture(t *testing.T, o *opened, file string) {
	t.Helper()
	o.post("/chat/lobby?name=ada", "Morning! The new build is on the shelf.")
	o.post("/chat/lobby?name=bob", "Nice. I will try it on the old laptop.")
	o.post("/chat/lobby?name=builds", "hearth 0.1.0 passed: 214 tests in 96 s")
	o.until("the scene", `document.body.innerText.includes('214 tests')`)
	png, err := o.page.picture(startWidth, startHeight)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		t.Fatal(err)
	}
}
