package backend_test

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend"
)

// linesOf returns how many lines of that sentence are in a log, and how many more they say there were.
func linesOf(t testing.TB, log, sentence string) (lines, more int) {
	t.Helper()
	for line := range strings.Lines(log) {
		if !strings.Contains(line, sentence) {
			continue
		}
		counted := regexp.MustCompile(` more=(\d+)\n$`).FindStringSubmatch(line)
		if counted == nil {
			lines++
			continue
		}
		n, err := strconv.Atoi(counted[1])
		if err != nil {
			t.Fatal(err)
		}
		more += n
	}
	return lines, more
}

func TestAFloodOfOneHappeningIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log, end := backend.NewLog(&out)
		begun := time.Now()
		for n := range 10_000 { // in twenty-five seconds
			log.With("door", "ws").Warn("a stranger knocked", "address", n)
			if n%1000 == 0 {
				log.Info("all is well", "n", n)
				log.Info("a stranger knocked", "of another", "level")
			}
			time.Sleep(2500 * time.Microsecond)
		}
		if took := time.Since(begun); took != 25*time.Second {
			t.Fatalf("took %v", took)
		}
		time.Sleep(backend.FloodTime)
		log.Info("all is well", "n", 10_000)
		flood := out.String()
		lines, more := linesOf(t, flood, `level=WARN msg="a stranger knocked"`)
		if lines != 3*backend.LogLines || lines+more != 10_000 {
			t.Errorf("%d lines tell of the flood and count %d more, want %d for every %v and 10,000 in all", lines, more, backend.LogLines, backend.FloodTime)
		}
		for _, rare := range []string{`msg="all is well"`, `level=INFO msg="a stranger knocked"`} {
			if lines, more := linesOf(t, flood, rare); lines < 10 || more != 0 {
				t.Errorf("of %s there are %d lines and %d more, want every one", rare, lines, more)
			}
		}
		if !strings.Contains(flood, "door=ws") {
			t.Error("what With adds is missing")
		}
		for n := range 10 * backend.LogLines { // often, and no flood
			log.Warn("a regular knocked", "n", n)
			time.Sleep(time.Second / backend.LogLines)
		}
		if lines, more := linesOf(t, out.String(), "a regular knocked"); lines != 10*backend.LogLines || more != 0 {
			t.Errorf("of %d lines at the most that is no flood there are %d and %d more", 10*backend.LogLines, lines, more)
		}
		for range backend.LogLines + 3 {
			log.Warn("a stranger knocked again")
		}
		if err := end.Close(); err != nil {
			t.Fatal(err)
		}
		if lines, more := linesOf(t, out.String(), "knocked again"); lines != backend.LogLines || more != 3 {
			t.Errorf("the end tells of %d lines and %d more, want %d and 3", lines, more, backend.LogLines)
		}
	})
}
