// Package frontend holds the built page, embedded in the program.
//
// The page is built into dist by Vite (`go run ./build run` does it). A program built before that holds an empty folder, and
// its hub says so instead of a page.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var files embed.FS

// Dist is the built page: index.html, favicon and assets. It has no index.html when the page was not built.
var Dist = mustSub(files, "dist")

func mustSub(f fs.FS, dir string) fs.FS {
	sub, err := fs.Sub(f, dir)
	if err != nil {
		panic(err) // dist is named by the directive above: only a typing mistake there comes here
	}
	return sub
}
