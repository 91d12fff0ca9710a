package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// digest names the content of files and folders: the same digest means the same paths with the same bytes. Folders are
// walked in order, without the files and folders whose base name is in skip. What does not exist counts as absent.
func digest(root string, paths, skip []string) (string, error) {
	sum := sha256.New()
	for _, path := range paths {
		err := filepath.WalkDir(filepath.Join(root, path), func(file string, entry fs.DirEntry, err error) error {
			switch {
			case os.IsNotExist(err):
				return nil
			case err != nil:
				return err
			case slices.Contains(skip, entry.Name()):
				if entry.IsDir() {
					return fs.SkipDir
				}
				return nil
			case !entry.Type().IsRegular():
				return nil
			}
			return addFile(sum, root, file)
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func addFile(sum io.Writer, root, file string) error {
	name, err := filepath.Rel(root, file)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	// The length keeps the end of one file and the name of the next apart.
	fmt.Fprintf(sum, "%s\x00%d\x00", filepath.ToSlash(name), len(content))
	_, err = sum.Write(content)
	return err
}

// stampHolds reports whether the stamp in file is this one.
func stampHolds(file, stamp string) bool {
	have, err := os.ReadFile(file)
	return err == nil && string(have) == stamp
}

func writeStamp(file, stamp string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(stamp), 0o644)
}
