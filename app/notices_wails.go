//go:build production || dev

package main

import (
	"fmt"
	"html"
	goruntime "runtime"
	"strings"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"hearth/backend"
)

// maxNoticeRunes is how much of a text a native notification shows; the rest is in the page.
const maxNoticeRunes = 240

// prepareNotifications connects to the system's notifications. Where there are none, sending fails and nobody is told: the page
// shows the same.
func (w *window) prepareNotifications() {
	if runtime.InitializeNotifications(w.ctx) != nil {
		return
	}
	runtime.OnNotificationResponse(w.ctx, func(runtime.NotificationResult) { _ = w.Show() })
}

// Notify shows a native notification.
func (w *window) Notify(title, body string) error {
	select {
	case <-w.ready:
	default:
		return fmt.Errorf("show notification %q: the window is not there yet", title)
	}
	err := runtime.SendNotification(w.ctx, runtime.NotificationOptions{
		ID:    fmt.Sprintf("hearth-%d", w.sent.Add(1)),
		Title: oneLine(title),
		Body:  noticeBody(body),
	})
	if err != nil {
		return fmt.Errorf("show notification %q: %w", title, err)
	}
	return nil
}

// alert shows what the person at this computer should see at once. Not every desktop can; the page shows it too.
func (w *window) alert(a backend.Alert) { _ = w.Notify(a.Title, a.Body) }

// noticeBody makes a stranger's text fit for a notification. Linux' daemons read markup in it, so that is escaped there.
func noticeBody(s string) string {
	s = strings.TrimSpace(printable(s))
	if runes := []rune(s); len(runes) > maxNoticeRunes {
		s = string(runes[:maxNoticeRunes-1]) + "…"
	}
	if goruntime.GOOS == "linux" {
		s = html.EscapeString(s)
	}
	return s
}

// plainURL escapes the characters that Wails refuses to hand to a browser because a shell would read them, though here no
// shell does: a link to en.wikipedia.org/wiki/Go_(game) would do nothing.
func plainURL(url string) string {
	var b strings.Builder
	for i := range len(url) {
		if c := url[i]; c <= ' ' || strings.IndexByte("`;|$\\<>*{}()~!", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
