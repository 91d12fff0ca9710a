package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// pack writes what lies in folder into name.zip for Windows and name.tar.gz for the rest.
func pack(folder, name string) error {
	if strings.Contains(filepath.Base(folder), "windows") {
		return packTo(name+".zip", func(w io.Writer) error {
			archive := zip.NewWriter(w)
			return errors.Join(archive.AddFS(os.DirFS(folder)), archive.Close())
		})
	}
	return packTo(name+".tar.gz", func(w io.Writer) error {
		compressed := gzip.NewWriter(w)
		archive := tar.NewWriter(compressed)
		return errors.Join(archive.AddFS(os.DirFS(folder)), archive.Close(), compressed.Close())
	})
}

func packTo(file string, write func(io.Writer) error) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// writeSums writes SHA256SUMS over the files of a folder, as sha256sum -c reads it.
func writeSums(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var sums strings.Builder
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(content), entry.Name())
	}
	return os.WriteFile(filepath.Join(folder, "SHA256SUMS"), []byte(sums.String()), 0o644)
}

// makeApp turns a program for macOS into Hearth.app, which may ask for the local network and has an icon.
func (r *release) makeApp(program, folder string) error {
	contents := filepath.Join(folder, "Hearth.app", "Contents")
	for _, name := range []string{"MacOS", "Resources"} {
		if err := os.MkdirAll(filepath.Join(contents, name), 0o755); err != nil {
			return err
		}
	}
	info, err := os.ReadFile(r.path("build", "darwin", "Info.plist"))
	if err != nil {
		return err
	}
	icon, err := os.ReadFile(r.path("build", "appicon.png"))
	if err != nil {
		return err
	}
	return errors.Join(
		os.Rename(program, filepath.Join(contents, "MacOS", "hearth")),
		os.WriteFile(filepath.Join(contents, "Info.plist"), bytes.ReplaceAll(info, []byte("{{version}}"), []byte(r.version)), 0o644),
		os.WriteFile(filepath.Join(contents, "Resources", "hearth.icns"), icns(icon), 0o644),
	)
}

// icns wraps a PNG of 512 × 512 as Apple's icon file, whose entries are a type, a length and the bytes.
func icns(png []byte) []byte {
	file := []byte("icns")
	file = binary.BigEndian.AppendUint32(file, uint32(16+len(png)))
	file = append(file, "ic09"...)
	file = binary.BigEndian.AppendUint32(file, uint32(8+len(png)))
	return append(file, png...)
}

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}
