package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
)

// nodeLeast is the oldest Node on which the page's tools install.
var nodeLeast = [2]int{20, 19}

// npm is a call of npm in frontend/. Playwright must not fetch a browser of its own: Debian's is used.
func (p *project) npm(args ...string) call {
	return call{
		args:   append([]string{npmProgram}, args...),
		folder: p.path("frontend"),
		env:    []string{"PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1", "NO_UPDATE_NOTIFIER=1"},
	}
}

// checkNode says what to do when Node is missing or too old.
func checkNode(ctx context.Context) error {
	if _, err := exec.LookPath(npmProgram); err != nil {
		return fmt.Errorf("the page is built with Node and npm, which are not in PATH: install Node %d.%d or newer", nodeLeast[0], nodeLeast[1])
	}
	version, err := call{args: []string{"node", "--version"}}.output(ctx)
	if err != nil {
		return err
	}
	return checkNodeVersion(strings.TrimSpace(version))
}

func checkNodeVersion(version string) error {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(parts) == 3 {
		major, errMajor := strconv.Atoi(parts[0])
		minor, errMinor := strconv.Atoi(parts[1])
		if errMajor == nil && errMinor == nil && (major > nodeLeast[0] || major == nodeLeast[0] && minor >= nodeLeast[1]) {
			return nil
		}
	}
	return fmt.Errorf("Node here is %s, and the page's tools need %d.%d or newer: install that", version, nodeLeast[0], nodeLeast[1])
}

// installModules runs npm ci unless node_modules is already what package-lock.json asks for. The stamp lies in
// node_modules, so that both go together.
func (p *project) installModules(ctx context.Context, out io.Writer) (note string, err error) {
	if err := checkNode(ctx); err != nil {
		return "", err
	}
	stamp, err := digest(p.path("frontend"), []string{"package.json", "package-lock.json"}, nil)
	if err != nil {
		return "", err
	}
	file := p.path("frontend", "node_modules", ".hearth-stamp")
	if stampHolds(file, stamp) {
		return "unchanged", nil
	}
	if err := p.npm("ci", "--no-audit", "--no-fund").run(ctx, out); err != nil {
		return "", err
	}
	return "", writeStamp(file, stamp)
}

// buildPage runs vite unless frontend/dist is what the present sources make. The stamp holds what went in and what came
// out, so that a dist changed by hand is made anew.
func (p *project) buildPage(ctx context.Context, out io.Writer) (note string, err error) {
	file := p.path("build", "bin", "page.stamp")
	stamp, err := p.pageStamp()
	if err != nil {
		return "", err
	}
	if stampHolds(file, stamp) {
		return "unchanged", nil
	}
	if err := p.npm("run", "build").run(ctx, out); err != nil {
		return "", err
	}
	if stamp, err = p.pageStamp(); err != nil {
		return "", err
	}
	return "", writeStamp(file, stamp)
}

func (p *project) pageStamp() (string, error) {
	in, err := digest(p.path("frontend"), []string{"."}, []string{"node_modules", "dist", "e2e", "embed.go"})
	if err != nil {
		return "", err
	}
	made, err := digest(p.path("frontend"), []string{"dist"}, nil)
	if err != nil {
		return "", err
	}
	return in + "\n" + made + "\n", nil
}

// pageSteps are what every command but a bare bench needs first.
func (p *project) pageSteps() []step {
	return []step{
		{name: "npm packages", do: p.installModules},
		{name: "page", do: p.buildPage},
	}
}
