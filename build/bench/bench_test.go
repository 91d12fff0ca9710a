package bench_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hearth/build/bench"
)

// measure runs a small bench against this test's own program, which plays a hub that behaves as told (fakehub_test.go).
func measure(t *testing.T, behaviour, only string) (table string, err error) {
	t.Helper()
	return measureInto(t, behaviour, only, "")
}

func measureInto(t *testing.T, behaviour, only, readme string) (table string, err error) {
	t.Helper()
	t.Setenv("FAKE_HUB", behaviour)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = bench.RunSmall(t.Context(), program, only, readme, &out)
	return out.String(), err
}

// line returns the line of the table that begins with name.
func line(t *testing.T, table, name string) string {
	t.Helper()
	for l := range strings.Lines(table) {
		if strings.HasPrefix(l, name) {
			return strings.Join(strings.Fields(l), " ")
		}
	}
	t.Fatalf("no line %q in\n%s", name, table)
	return ""
}

func TestBenchMeasuresAHub(t *testing.T) {
	table, err := measure(t, "good", "")
	if err != nil {
		t.Fatalf("%v\n%s", err, table)
	}
	for name, want := range map[string]string{
		"headless start to accepting":                  `≤ 30.00 ms [\d.]+ ms [\d.]+ ms – [\d.]+ ms \(2\) (ok|MISSED by \d+ %)$`,
		"5 readers, 1 in flight: deliveries":           `- [\d.]+ (k/|M/|/)s .* \(2\)$`,
		"7 readers, 8 in flight: deliveries":           `≥ 1000.00 M/s [\d.]+ (k/|M/|/)s .* \(2\) MISSED by 100 %$`,
		"messages lost or out of order, all fan-outs":  `≤ 0 0 0 – 0 \(1\) ok$`,
		"durable posts, 4 at once":                     `≥ 1 /s [\d.]+ (k/|M/|/)s .* \(2\) ok$`,
		"durable appends, 4 at once":                   `≥ 1 /s [\d.]+ (k/|M/|/)s .* \(2\) ok$`,
		"durable posts, 4 at once: time to answer":     `- [\d.]+ ms .* \(2\)$`,
		"7 readers, 8 in flight: by one write(2) each": `≥ ×1e-09 ×[\d.e+]+ .* \(2\) ok$`,
		"7 readers, 8 in flight: /chat/{room} by /ws":  `≥ ×1e-09 ×[\d.e+]+ .* \(2\) ok$`,
		"7 readers, 8 in flight ":                      `[\d.]+ (k/|M/|/)s \([\d.]+\) .* ×`,
	} {
		if got := line(t, table, name); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestTheTableReplacesTheOneInTheReadme(t *testing.T) {
	readme := filepath.Join(t.TempDir(), "README.md")
	const before, after = "# Hearth\n\n<!-- bench: begin -->\n", "<!-- bench: end -->\n\nAnd so on.\n"
	if err := os.WriteFile(readme, []byte(before+"an older table\n"+after), 0o600); err != nil {
		t.Fatal(err)
	}
	if table, err := measureInto(t, "good", "fanout", readme); err != nil {
		t.Fatalf("%v\n%s", err, table)
	}
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	got, begins := strings.CutPrefix(string(text), before)
	got, ends := strings.CutSuffix(got, after)
	if !begins || !ends || strings.Contains(got, "older") {
		t.Errorf("got\n%s", text)
	}
	for _, want := range []string{
		`(?m)^| messages lost or out of order, all fan-outs | ≤ 0 | 0 | 0 – 0 \(1\) | ok |$`,
		`(?m)^| 7 readers, 8 in flight | [\d.]+ .*/s .* |$`,
	} {
		if !regexp.MustCompile(strings.ReplaceAll(want, "|", `\|`)).MatchString(got) {
			t.Errorf("got\n%s\nwant %s", got, want)
		}
	}
}

func TestLostMessagesAreCounted(t *testing.T) {
	table, err := measure(t, "lossy", "fanout")
	if err != nil {
		t.Fatalf("%v\n%s", err, table)
	}
	// One reader is told that it misses every tenth entry; where others are in flight it misses one more without being
	// told. A room has 23 entries with 5 readers and 111 with 7, with what warms up, and there are two of each.
	if got, want := line(t, table, "messages lost"), "messages lost or out of order, all fan-outs ≤ 0 48 48 – 48 (1) MISSED"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRepeatedMessagesAreCounted(t *testing.T) {
	table, err := measure(t, "stuttering", "fanout")
	if err != nil {
		t.Fatalf("%v\n%s", err, table)
	}
	if got := line(t, table, "messages lost"); !strings.HasSuffix(got, "MISSED") {
		t.Errorf("got %q, want it missed", got)
	}
}

func TestWhatCannotBeMeasuredIsShownAndFails(t *testing.T) {
	for behaviour, reason := range map[string]string{
		"broken":    "ended instead of serving",
		"unwelcome": "403 Forbidden: nobody may join",
	} {
		table, err := measure(t, behaviour, "posts")
		if err == nil {
			t.Errorf("%s: got no error", behaviour)
		}
		if got := line(t, table, "durable posts, 4 at once"); !strings.HasSuffix(got, "not measured") {
			t.Errorf("%s: got %q", behaviour, got)
		}
		if !strings.Contains(table, reason) {
			t.Errorf("%s: the table does not say %q:\n%s", behaviour, reason, table)
		}
	}
}

func TestFramesOfAHubAreSplit(t *testing.T) {
	for _, size := range []int{0, 1, 125, 126, 65535, 65536} {
		payload := bytes.Repeat([]byte("a"), size)
		frame := unmasked(bench.Frame(nil, 1, payload), size)
		both := append(bytes.Clone(frame), frame...)
		op, got, rest, ok := bench.NextFrame(both)
		if !ok || op != 1 || !bytes.Equal(got, payload) || !bytes.Equal(rest, frame) {
			t.Errorf("%d bytes: got op %d, %d bytes, %d left, %v", size, op, len(got), len(rest), ok)
		}
		for cut := range min(len(frame), 20) {
			if _, _, rest, ok := bench.NextFrame(frame[:cut]); ok || len(rest) != cut {
				t.Errorf("%d bytes cut to %d: got a frame", size, cut)
			}
		}
		if _, _, _, ok := bench.NextFrame(frame[:len(frame)-1]); ok {
			t.Errorf("%d bytes less one: got a frame", size)
		}
	}
}

// unmasked makes a hub's frame of a client's: without the mask, which is zero.
func unmasked(frame []byte, size int) []byte {
	head := len(frame) - size - 4
	frame[1] &^= 0x80
	return append(frame[:head:head], frame[head+4:]...)
}

func TestUnknownMeasurementIsRefused(t *testing.T) {
	t.Setenv("HEARTH_BIN", "unused")
	err := bench.Main(t.Context(), []string{"--only", "everything"}, new(bytes.Buffer))
	if err == nil || !strings.Contains(err.Error(), "start, idle, fanout") {
		t.Errorf("got %v, want the names there are", err)
	}
}
