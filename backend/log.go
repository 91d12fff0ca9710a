package backend

import (
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"unicode"

	"gopkg.in/natefinch/lumberjack.v2"
)

const (
	logMegabytes = 5   // a log file is turned over at this size, and one old one is kept
	logText      = 200 // runes of a value that reach the log
)

// openLog returns the hub's log, which writes to the data folder and, if given, to the console.
func openLog(dir string, console io.Writer) (*slog.Logger, io.Closer) {
	file := &lumberjack.Logger{Filename: filepath.Join(dir, logFile), MaxSize: logMegabytes, MaxBackups: 1}
	var to io.Writer = file
	if console != nil {
		to = io.MultiWriter(file, console)
	}
	calm := newCalm(slog.NewTextHandler(to, &slog.HandlerOptions{ReplaceAttr: tame}))
	return slog.New(calm), closers{calm, file}
}

// closers closes several in order.
type closers []io.Closer

func (cs closers) Close() (err error) {
	for _, c := range cs {
		err = errors.Join(err, c.Close())
	}
	return err
}

// tame cuts strangers' text and takes control characters out of it.
func tame(_ []string, a slog.Attr) slog.Attr {
	switch v := a.Value.Any().(type) {
	case string:
		a.Value = slog.StringValue(tameText(v))
	case error:
		a.Value = slog.StringValue(tameText(v.Error()))
	}
	return a
}

func tameText(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > logText {
		return string(runes[:logText]) + "…"
	}
	return s
}
