package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"
)

type monitorCmd struct {
	remote
	Interval interval `help:"Time between two readings, 1s to 60s." default:"1s" placeholder:"TIME"`
	JSON     bool     `help:"Print each reading as one line of JSON, as the hub sends it."`
}

func (monitorCmd) Help() string {
	return `Example:

    hearth monitor
    hearth monitor --json --interval 10s >> load.ndjson

On a terminal the readings replace each other; into a pipe they go one a line. It ends with Ctrl-C.`
}

// interval is a time between samples. A bare number is seconds, as in the interval of /system-monitor.
type interval time.Duration

func (i *interval) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	if seconds, bad := strconv.Atoi(string(b)); bad == nil {
		d, err = time.Duration(seconds)*time.Second, nil
	}
	if err != nil || d < time.Second || d > time.Minute {
		return fmt.Errorf("%q is not a time from 1s to 60s", b)
	}
	*i = interval(d)
	return nil
}

func (c *monitorCmd) Run(ctx context.Context, g *globals) error {
	show := printReading(os.Stdout)
	switch fd := int(os.Stdout.Fd()); {
	case c.JSON:
		show = func(e envelope, _ reading) error { return printJSON(e.Data) }
	case term.IsTerminal(fd) && enableEscapes(fd):
		screen := &screen{out: os.Stdout, size: func() (int, int, error) { return term.GetSize(fd) }}
		show = func(_ envelope, r reading) error { return screen.draw(r) }
	}
	f := follower{
		find:   func() (hub, error) { return c.find(g) },
		topic:  "monitor/local",
		start:  url.Values{"last": {"1"}},
		live:   true,
		handle: every(time.Duration(c.Interval), show),
	}
	return f.run(ctx)
}

// every passes on the first sample and then one for each interval.
func every(interval time.Duration, show func(envelope, reading) error) func(envelope) error {
	var next time.Time
	return func(e envelope) error {
		var r reading
		if err := json.Unmarshal(e.Data, &r); err != nil {
			return fmt.Errorf("the hub sent a sample that cannot be read: %w", err)
		}
		if r.Timestamp.Before(next) {
			return nil
		}
		next = r.Timestamp.Add(interval - time.Second/2) // samples are a second apart, give or take
		return show(e, r)
	}
}

// reading is the part of a sample that is shown. What this computer cannot measure is absent or null, and so is a rate whose
// counters began anew.
type reading struct {
	Timestamp time.Time `json:"timestamp"`
	Load      []float64 `json:"cpu_load"`
	CPU       *struct {
		Percent *float64   `json:"percent"`
		PerCore []*float64 `json:"per_core"`
	} `json:"cpu"`
	Memory       *usage        `json:"memory"`
	Swap         *usage        `json:"swap"`
	Disks        []disk        `json:"disks"`
	DiskIO       *diskIO       `json:"disk_io"`
	Net          []network     `json:"net"`
	Temperatures []temperature `json:"temperatures"`
	UptimeSec    int64         `json:"uptime_sec"`
	Processes    int           `json:"procs"`
}

type usage struct {
	Total float64 `json:"total"`
	Used  float64 `json:"used"`
}

// percent is the used share, or nil of nothing.
func (u usage) percent() *float64 {
	if u.Total <= 0 {
		return nil
	}
	p := 100 * u.Used / u.Total
	return &p
}

type disk struct {
	usage
	Mount   string  `json:"mount"`
	Percent float64 `json:"percent"` // of what users may fill, which is not all of Total
}

type diskIO struct {
	Read  *float64 `json:"read_bytes_per_sec"`
	Write *float64 `json:"write_bytes_per_sec"`
}

type network struct {
	Name     string   `json:"name"`
	Received *float64 `json:"rx_bytes_per_sec"`
	Sent     *float64 `json:"tx_bytes_per_sec"`
}

type temperature struct {
	Sensor  string  `json:"sensor"`
	Celsius float64 `json:"celsius"`
}

// printReading writes one line for each sample, every field under its name, for people and for awk.
func printReading(w io.Writer) func(envelope, reading) error {
	return func(_ envelope, r reading) error {
		fields := []string{r.Timestamp.Local().Format("15:04:05")}
		if r.CPU != nil {
			fields = append(fields, "cpu "+percent(r.CPU.Percent))
		}
		if r.Memory != nil {
			fields = append(fields, "memory "+percent(r.Memory.percent()))
		}
		if len(r.Load) > 0 {
			fields = append(fields, "load "+loads(r.Load))
		}
		if r.DiskIO != nil {
			fields = append(fields, "read "+rate(r.DiskIO.Read), "write "+rate(r.DiskIO.Write))
		}
		for _, n := range r.Net {
			fields = append(fields, fmt.Sprintf("%s in %s out %s", oneLine(n.Name), rate(n.Received), rate(n.Sent)))
		}
		_, err := fmt.Fprintln(w, strings.Join(fields, "  "))
		return err
	}
}

func percent(p *float64) string {
	if p == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", *p)
}

func loads(averages []float64) string {
	text := make([]string, len(averages))
	for i, a := range averages {
		text[i] = fmt.Sprintf("%.2f", a)
	}
	return strings.Join(text, " ")
}

func rate(bytesPerSec *float64) string {
	if bytesPerSec == nil {
		return "-"
	}
	return size(*bytesPerSec) + "/s"
}
