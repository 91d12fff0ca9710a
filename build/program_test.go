package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestProgramsAreBuiltWithTheFlagsOfTheirSystem(t *testing.T) {
	tests := []struct {
		program program
		want    string
	}{
		{program{goos: "linux", goarch: "amd64", window: true},
			"GOOS=linux GOARCH=amd64 CGO_ENABLED=1 go build -buildvcs=false -o out -tags desktop,production,webkit2_41 ./app"},
		{program{goos: "linux", goarch: "amd64", window: true, devtools: true},
			"GOOS=linux GOARCH=amd64 CGO_ENABLED=1 go build -buildvcs=false -o out -tags desktop,production,webkit2_41,devtools ./app"},
		{program{goos: "linux", goarch: "arm64", release: true},
			"GOOS=linux GOARCH=arm64 CGO_ENABLED=0 go build -buildvcs=false -o out -trimpath -ldflags -s -w ./app"},
		{program{goos: "windows", goarch: "amd64", window: true, windowed: true, release: true},
			"GOOS=windows GOARCH=amd64 CGO_ENABLED=0 go build -buildvcs=false -o out -tags desktop,production -trimpath -ldflags -s -w -H windowsgui ./app"},
		{program{goos: "windows", goarch: "amd64", window: true},
			"GOOS=windows GOARCH=amd64 CGO_ENABLED=0 go build -buildvcs=false -o out -tags desktop,production ./app"},
	}
	for _, test := range tests {
		c := test.program.build("root", "out")
		if got := strings.Join(append(c.env, c.args...), " "); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.program, got, test.want)
		}
	}
}

func TestReleaseNamesAreDistinct(t *testing.T) {
	var names []string
	for _, b := range shipped() {
		names = append(names, b.bundle()+"/"+b.fileName())
	}
	want := []string{"linux-amd64-headless/hearth", "linux-arm64-headless/hearth", "darwin-arm64-headless/hearth",
		"windows-amd64/hearth-window.exe", "windows-amd64/hearth.exe"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}

func TestVersionIsFoundInTheBackend(t *testing.T) {
	root, err := findRoot()
	if err != nil {
		t.Fatal(err)
	}
	version, err := (&project{root: root}).version()
	if err != nil || strings.Count(version, ".") != 2 {
		t.Errorf("got %q, %v", version, err)
	}
}

// stagedRelease is a release with one finished bundle for each kind of archive.
func stagedRelease(t *testing.T) *release {
	t.Helper()
	r := &release{project: &project{root: t.TempDir()}, version: "1.2.3", folder: t.TempDir()}
	for bundle, file := range map[string]string{"linux-amd64": "hearth", "windows-amd64": "hearth.exe"} {
		put(t, r.stage(bundle), file, "program of "+bundle)
		if err := os.Chmod(filepath.Join(r.stage(bundle), file), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func TestArchivesUnpackToOneFolderWithARunnableProgram(t *testing.T) {
	r := stagedRelease(t)
	put(t, r.root, "dist/old.zip", "of the release before")
	if _, err := r.archives(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(r.path("dist", "*"))
	if err != nil || len(files) != 3 {
		t.Fatalf("dist holds %q, %v; want two archives and their sums", files, err)
	}
	if got, want := tarModes(t, r.path("dist", "hearth-1.2.3-linux-amd64.tar.gz"))["hearth-1.2.3-linux-amd64/hearth"], os.FileMode(0o755); got != want {
		t.Errorf("the program for Linux has mode %v, want %v", got, want)
	}
	archive, err := zip.OpenReader(r.path("dist", "hearth-1.2.3-windows-amd64.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	if content, err := readFile(archive, "hearth-1.2.3-windows-amd64/hearth.exe"); err != nil || content != "program of windows-amd64" {
		t.Errorf("the program for Windows reads %q, %v", content, err)
	}
}

func TestSumsAreThoseOfTheFiles(t *testing.T) {
	folder := tree(t, map[string]string{"a.zip": "a", "b.tar.gz": "b"})
	if err := writeSums(folder); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(folder, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%x  a.zip\n%x  b.tar.gz\n", sha256.Sum256([]byte("a")), sha256.Sum256([]byte("b")))
	if string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMacBundleHoldsProgramIconAndPermission(t *testing.T) {
	root, err := findRoot()
	if err != nil {
		t.Fatal(err)
	}
	r := &release{project: &project{root: root}, version: "1.2.3"}
	folder := tree(t, map[string]string{"hearth": "program"})
	if err := r.makeApp(filepath.Join(folder, "hearth"), folder); err != nil {
		t.Fatal(err)
	}
	contents := os.DirFS(filepath.Join(folder, "Hearth.app", "Contents"))
	info, err := readFile(contents, "Info.plist")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<string>1.2.3</string>", "NSAllowsLocalNetworking", "NSLocalNetworkUsageDescription"} {
		if !strings.Contains(info, want) {
			t.Errorf("Info.plist lacks %s", want)
		}
	}
	if strings.Contains(info, "{{") {
		t.Error("Info.plist has a place that was not filled")
	}
	if program, err := readFile(contents, "MacOS/hearth"); err != nil || program != "program" {
		t.Errorf("the program is %q, %v", program, err)
	}
	icon, err := readFile(contents, "Resources/hearth.icns")
	if err != nil || !strings.HasPrefix(icon, "icns") || !bytes.Contains([]byte(icon), []byte("\x89PNG")) {
		t.Errorf("the icon has %d bytes, %v", len(icon), err)
	}
}

func tarModes(t *testing.T, file string) map[string]os.FileMode {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	compressed, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]os.FileMode{}
	for archive := tar.NewReader(compressed); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return modes
		}
		if err != nil {
			t.Fatal(err)
		}
		modes[header.Name] = header.FileInfo().Mode()
	}
}

func readFile(from fs.FS, name string) (string, error) {
	content, err := fs.ReadFile(from, name)
	return string(content), err
}
