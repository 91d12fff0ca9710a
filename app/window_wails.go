//go:build production || dev

package main

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	goruntime "runtime"
	"sync/atomic"
	"syscall"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/windows"
	"github.com/wailsapp/wails/v2/pkg/runtime"
	"golang.org/x/sync/errgroup"

	"hearth/backend"
)

// hasWindow reports whether this build can open a window.
const hasWindow = true

// noWindow says why there is no window to open, or "".
func noWindow() string {
	if goruntime.GOOS == "linux" && os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return "there is no display to open the window on, so Hearth serves"
	}
	return ""
}

// Size of the window in pixels. The smallest is a phone's: the page has a layout for it.
const (
	startWidth, startHeight = 1180, 760
	leastWidth, leastHeight = 360, 480
)

// window is the desktop window: one more client of the hub, in the hub's own process. It implements server.Desktop.
type window struct {
	hub      *backend.Hub
	ctx      context.Context // Wails' own, which its runtime calls want; set before ready is closed
	ready    chan struct{}   // closed when Wails has started
	ended    chan struct{}   // closed when Wails has ended
	quitting atomic.Bool     // the program is to end: closing the window does not hide it
	leaving  atomic.Bool     // the end was let through once; a second time there is no loop left to end
	told     atomic.Bool     // the person knows that closing hides
	sent     atomic.Uint64   // native notifications so far, which numbers them
}

// openWindow runs the hub and the window until one of them ends, then closes both. It must be called on the main goroutine.
// What the web view keeps on disk goes below data, where the system leaves the choice.
func openWindow(ctx context.Context, hub *backend.Hub, data string) error {
	w := &window{hub: hub, ready: make(chan struct{}), ended: make(chan struct{})}
	hub.SetDesktop(w)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(ctx, w.Quit)()
	var running errgroup.Group
	running.Go(func() error {
		defer w.Quit() // a client may stop the hub, or it may break
		return hub.Run(ctx)
	})
	running.Go(func() error { return hub.Alerts(ctx, w.alert) })
	err := w.run(data)
	if errors.Is(err, errNoDisplay) {
		hub.SetDesktop(nil)
		warn("%v, so Hearth serves", err)
		announce(hub)
		err = nil
	} else {
		stop()
	}
	return errors.Join(err, running.Wait(), hub.Close())
}

var errNoDisplay = errors.New("the display cannot be opened")

// run shows the window until it is closed for good. Wails panics at its start when GTK finds no display; later panics are bugs.
func (w *window) run(data string) (err error) {
	defer close(w.ended)
	defer func() {
		select {
		case <-w.ready:
		default:
			if r := recover(); r != nil {
				err = fmt.Errorf("%w (%v)", errNoDisplay, r)
			}
		}
	}()
	return wails.Run(&options.App{
		Title:  "Hearth",
		Width:  startWidth,
		Height: startHeight,

		MinWidth:  leastWidth,
		MinHeight: leastHeight,

		AssetServer:              &assetserver.Options{Handler: http.HandlerFunc(w.bootstrap)},
		BackgroundColour:         options.NewRGB(253, 254, 254), // --surface of the page's tokens; the bootstrap page changes it in the dark
		EnableDefaultContextMenu: true,
		OnStartup:                w.started,
		OnBeforeClose:            w.beforeClose,
		Linux:                    &linux.Options{ProgramName: "hearth", WebviewGpuPolicy: linux.WebviewGpuPolicyNever}, // saves 70 MB
		Windows:                  &windows.Options{WebviewUserDataPath: filepath.Join(data, "webview")},                // Wails would take the roaming profile
	})
}

// started takes the signals over, which Wails would announce on standard error. That takes them from main's context too: from
// here on a signal ends the window, and the window's end ends the hub.
func (w *window) started(ctx context.Context) {
	signal.Reset(os.Interrupt, syscall.SIGTERM)
	interrupts, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(interrupts, func() {
		stop() // a second signal ends the program at once
		w.Quit()
	})
	w.ctx = ctx
	w.prepareNotifications()
	close(w.ready)
	if w.quitting.Load() {
		w.Quit()
	}
	if goruntime.GOOS == "darwin" {
		_, _ = runtime.RequestNotificationAuthorization(ctx) // asks the person, who may say no
	}
}

// bootstrap serves the one page that Wails shows: it leads to the hub, where the window is an ordinary browser whose one-time
// link makes it the owner's. Wails' own server could not carry the page: it has no WebSockets and drops cookies.
func (w *window) bootstrap(rw http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet || r.URL.Path != "/" {
		http.NotFound(rw, r)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Cache-Control", "no-store")
	if err := bootstrapPage.Execute(rw, w.hub.OwnerLink(true)); err != nil {
		warn("show the page in the window: %v", err)
	}
}

var bootstrapPage = template.Must(template.New("bootstrap").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Hearth</title>
<style>:root { color-scheme: light dark; background: light-dark(#fdfefe, #141a1b) }</style>
<script>
if (matchMedia('(prefers-color-scheme: dark)').matches) window.runtime?.WindowSetBackgroundColour(20, 26, 27, 255)
location.replace({{.}})
</script>
</html>
`))

// beforeClose hides the window instead of ending the program, if the owner wants it so and the program is not to end.
func (w *window) beforeClose(ctx context.Context) (prevent bool) {
	if w.quitting.Load() || w.hub.Settings().Close == "quit" {
		w.quitting.Store(true)
		return !w.leaving.CompareAndSwap(false, true)
	}
	runtime.WindowHide(ctx)
	if w.told.CompareAndSwap(false, true) {
		w.alert(backend.Alert{
			Title: "Hearth keeps running",
			Body:  "Start it again to see the window. The settings say whether closing it ends Hearth.",
		})
	}
	return true
}

// Show brings the window to the front. A window that is about to open needs no help.
func (w *window) Show() error {
	select {
	case <-w.ready:
	default:
		return nil
	}
	if goruntime.GOOS == "darwin" {
		runtime.Show(w.ctx) // the program may be hidden as a whole
	}
	runtime.WindowShow(w.ctx)
	runtime.WindowUnminimise(w.ctx)
	return nil
}

// OpenURL shows an address in the system's browser.
func (w *window) OpenURL(url string) error {
	select {
	case <-w.ready:
		runtime.BrowserOpenURL(w.ctx, plainURL(url))
		return nil
	default:
		return errors.New("the window is not there yet")
	}
}

// Quit ends the program, whatever closing the window does. A window that is about to open ends as soon as it has.
func (w *window) Quit() {
	w.quitting.Store(true)
	select {
	case <-w.ended:
		return
	default:
	}
	select {
	case <-w.ready:
		runtime.Quit(w.ctx)
	default:
	}
}
