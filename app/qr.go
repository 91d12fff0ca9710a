package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/piglig/go-qr"
	"golang.org/x/term"
)

// quietZone is the empty border of a QR code in modules; readers want four.
const quietZone = 4

// Colors of a QR code, by their numbers in a terminal's palette of 256: black on white in every theme, which is what every
// reader knows.
const (
	qrColors = "\x1b[38;5;16;48;5;231m"
	plain    = "\x1b[m"
)

// qrLines draws text as a QR code for a terminal: each line is so many cells wide and two rows of modules high.
func qrLines(text string) (lines []string, cells int, err error) {
	code, err := go_qr.EncodeText(text, go_qr.Low) // raised as far as the size allows
	if err != nil {
		return nil, 0, fmt.Errorf("draw a QR code: %w", err)
	}
	size := code.Size()
	for y := -quietZone; y < size+quietZone; y += 2 {
		var b strings.Builder
		b.WriteString(qrColors)
		for x := -quietZone; x < size+quietZone; x++ {
			b.WriteRune(halves(code.Module(x, y), code.Module(x, y+1)))
		}
		b.WriteString(plain)
		lines = append(lines, b.String())
	}
	return lines, size + 2*quietZone, nil
}

// printQR draws text on the terminal that standard output is, if it is wide enough for it. What stands below should say the same.
func printQR(text string) error {
	fd := int(os.Stdout.Fd())
	columns, _, err := term.GetSize(fd)
	if err != nil || !enableEscapes(fd) {
		return nil
	}
	lines, cells, err := qrLines(text)
	if err != nil || columns > 0 && cells > columns { // some terminals do not know their size
		return err
	}
	fmt.Println(strings.Join(lines, "\n"))
	return nil
}

// halves is the character whose upper and lower half are dark.
func halves(upper, lower bool) rune {
	switch {
	case upper && lower:
		return '█'
	case upper:
		return '▀'
	case lower:
		return '▄'
	}
	return ' '
}
