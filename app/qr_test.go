package main

import (
	"image"
	"image/color"
	"strings"
	"testing"

	"github.com/piglig/go-qr"
)

// picture is what a camera sees of a code on a terminal: each cell two modules above each other, each of so many points.
func picture(t *testing.T, lines []string, cells, points int) image.Image {
	t.Helper()
	p := image.NewGray(image.Rect(0, 0, cells*points, 2*len(lines)*points))
	for y, line := range lines {
		inner, colored := strings.CutPrefix(line, qrColors)
		row := []rune(strings.TrimSuffix(inner, plain))
		if !colored || len(row) != cells {
			t.Fatalf("line %d is %q, want %d cells in black on white", y, line, cells)
		}
		for x, r := range row {
			paint(p, x, 2*y, points, r == '█' || r == '▀')
			paint(p, x, 2*y+1, points, r == '█' || r == '▄')
		}
	}
	return p
}

func paint(p *image.Gray, x, y, points int, dark bool) {
	for i := range points * points {
		c := color.White
		if dark {
			c = color.Black
		}
		p.Set(x*points+i%points, y*points+i/points, c)
	}
}

func TestTheCodeOnATerminalLeadsToTheLink(t *testing.T) {
	for _, link := range []string{
		"http://192.168.1.5:7420/#j=c0ffeeC0FFEE-_c0ffee12",
		"https://a-rather-long-name.of-a-hub.example.org:65535/#j=c0ffeeC0FFEE-_c0ffee12",
	} {
		lines, cells, err := qrLines(link)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := go_qr.Decode(picture(t, lines, cells, 6)); err != nil || got != link {
			t.Errorf("read %q, %v; want %q", got, err, link)
		}
		if cells > 79 {
			t.Errorf("the code of %s is %d cells wide, more than a terminal has", link, cells)
		}
		for _, edge := range []string{lines[0], lines[1], lines[len(lines)-2]} {
			if strings.ContainsAny(edge, "█▀▄") {
				t.Errorf("the quiet zone of %s is not quiet: %q", link, edge)
			}
		}
	}
}

func TestAPINIsShownAsPeopleSayIt(t *testing.T) {
	for pin, want := range map[string]string{"482913": "482 913", "1234": "1234", "12345": "12345", "12345678": "1234 5678", "": ""} {
		if got := spaced(pin); got != want {
			t.Errorf("spaced(%q): got %q, want %q", pin, got, want)
		}
	}
}
