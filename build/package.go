package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
)

func packageCommand() command {
	return command{
		name:  "package",
		short: "lay out the files of a release in dist/",
		long: `
go run ./build package [-v]

Writes one archive for each system into dist/, with LICENSE and README.md in each, and SHA256SUMS. The window is built for
this system and for Windows. For Linux and macOS elsewhere it is the headless program: their window needs a C compiler of
that system.`,
		do: func(ctx context.Context, p *project, args []string) error {
			if len(args) > 0 {
				return usageError(fmt.Sprintf("package takes no %q", args[0]))
			}
			return p.release(ctx)
		},
	}
}

// winres puts icon, manifest and version into a program for Windows. It is run from the module proxy, pinned, and is no
// dependency of the project.
const winres = "github.com/tc-hib/go-winres@v0.3.3"

// shipped are the programs of a release, beside the window for this system.
func shipped() []program {
	programs := []program{
		{goos: "linux", goarch: "amd64"},
		{goos: "linux", goarch: "arm64"},
		{goos: "darwin", goarch: "arm64"},
		{goos: "windows", goarch: "amd64", window: true, windowed: true},
		{goos: "windows", goarch: "amd64", window: true},
	}
	for i := range programs {
		programs[i].release = true
	}
	return programs
}

// release is one set of archives in the making.
type release struct {
	*project
	version string
	folder  string // everything is made here and moved to dist/ at the end: a failed run leaves no half of a release
}

func (p *project) release(ctx context.Context) error {
	version, err := p.version()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(p.path("build", "bin"), 0o755); err != nil {
		return err
	}
	folder, err := os.MkdirTemp(p.path("build", "bin"), "release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	r := &release{project: p, version: version, folder: folder}
	return newRunner(p).run(ctx, r.steps())
}

func (r *release) steps() []step {
	steps := r.pageSteps()
	if runtime.GOOS == "linux" {
		steps = append(steps, r.packagesStep(forWindow))
	}
	own := here(true)
	own.release = true
	programs := shipped()
	if !slices.Contains(programs, own) {
		programs = append([]program{own}, programs...)
	}
	for _, b := range programs {
		steps = append(steps, step{name: b.String(), do: func(ctx context.Context, out io.Writer) (string, error) {
			return r.add(ctx, b, out)
		}})
	}
	return append(steps, step{name: "archives", do: r.archives})
}

// bundle names the archive that a program goes into.
func (b program) bundle() string {
	name := b.goos + "-" + b.goarch
	if !b.window {
		name += "-headless"
	}
	return name
}

// stage is the folder that becomes the archive of a bundle.
func (r *release) stage(bundle string) string {
	return filepath.Join(r.folder, bundle, "hearth-"+r.version+"-"+bundle)
}

// add builds a program into the folder of its bundle, with what its system wants beside it.
func (r *release) add(ctx context.Context, b program, out io.Writer) (note string, err error) {
	stage := r.stage(b.bundle())
	if err := os.MkdirAll(stage, 0o755); err != nil {
		return "", err
	}
	for _, name := range []string{"LICENSE", "README.md"} {
		if err := copyFile(r.path(name), filepath.Join(stage, name)); err != nil {
			return "", err
		}
	}
	file := filepath.Join(stage, b.fileName())
	if err := b.build(r.root, file).run(ctx, out); err != nil {
		return "", err
	}
	switch {
	case b.goos == "windows":
		err = r.addResources(ctx, file, out)
	case b.goos == "darwin" && b.window:
		err = r.makeApp(file, stage)
	}
	return filepath.Base(file), err
}

func (r *release) addResources(ctx context.Context, file string, out io.Writer) error {
	return call{folder: r.root, args: []string{"go", "run", winres, "patch", "--no-backup",
		"--in", r.path("build", "windows", "winres.json"),
		"--product-version", r.version, "--file-version", r.version, file}}.run(ctx, out)
}

// archives packs each bundle, sums them up and puts all in the place of the release before.
func (r *release) archives(_ context.Context, out io.Writer) (note string, err error) {
	bundles, err := os.ReadDir(r.folder)
	if err != nil {
		return "", err
	}
	made := filepath.Join(r.folder, "dist")
	if err := os.Mkdir(made, 0o755); err != nil {
		return "", err
	}
	for _, bundle := range bundles {
		stage := r.stage(bundle.Name())
		if err := pack(filepath.Dir(stage), filepath.Join(made, filepath.Base(stage))); err != nil {
			return "", err
		}
	}
	if err := writeSums(made); err != nil {
		return "", err
	}
	if err := os.RemoveAll(r.path("dist")); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d in dist/", len(bundles)), os.Rename(made, r.path("dist"))
}

var versionLine = regexp.MustCompile(`(?m)^const Version = "([^"]+)"$`)

// version reads the one place where it is written: package backend is not imported for it, to keep this command quick to
// build.
func (p *project) version() (string, error) {
	source, err := os.ReadFile(p.path("backend", "config.go"))
	if err != nil {
		return "", err
	}
	found := versionLine.FindSubmatch(source)
	if found == nil {
		return "", fmt.Errorf("backend/config.go has no line like %s", versionLine)
	}
	return string(found[1]), nil
}
