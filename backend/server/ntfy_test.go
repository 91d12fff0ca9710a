package server_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// note is a notification, or an event, as ntfy's clients know it.
type note struct {
	ID       string   `json:"id"`
	Time     int64    `json:"time"`
	Event    string   `json:"event"`
	Topic    string   `json:"topic"`
	Message  string   `json:"message"`
	Title    string   `json:"title"`
	Priority int      `json:"priority"`
	Tags     []string `json:"tags"`
}

func (n note) String() string {
	return fmt.Sprintf("%s|%s|%s|%s|%d|%s", n.Event, n.Topic, n.Message, n.Title, n.Priority, strings.Join(n.Tags, ","))
}

func TestPublishingReadsHeadersQueryAndBody(t *testing.T) {
	h := openHub(t)
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		want                     string
	}{
		{"text", "POST", "/t", "Backup done", nil, "message|t|Backup done||0|"},
		{"put", "PUT", "/t", " trimmed \n", nil, "message|t|trimmed||0|"},
		{"nothing", "POST", "/t", "", nil, "message|t|triggered||0|"},
		{"headers", "POST", "/t", "x", []string{"X-Title", "T", "X-Priority", "5", "X-Tags", "a, b,,c"}, "message|t|x|T|5|a,b,c"},
		{"short headers", "POST", "/t", "x", []string{"t", "T", "p", "high", "ta", "a"}, "message|t|x|T|4|a"},
		{"prio", "POST", "/t", "x", []string{"Prio", "URGENT"}, "message|t|x||5|"},
		{"default is unset", "POST", "/t", "x", []string{"Priority", "default"}, "message|t|x||0|"},
		{"query", "POST", "/t?title=T&priority=min&tags=a,b", "x", nil, "message|t|x|T|1|a,b"},
		{"query in capitals", "POST", "/t?Title=T", "x", nil, "message|t|x||0|"},
		{"headers before query", "POST", "/t?x-title=Q", "x", []string{"t", "H"}, "message|t|x|H|0|"},
		{"message parameter", "POST", `/t?message=one%5Cntwo`, "", nil, "message|t|one\ntwo||0|"},
		{"body before parameter", "POST", "/t?message=no", "yes", nil, "message|t|yes||0|"},
		{"RFC 2047", "POST", "/t", "x", []string{"Title", "=?UTF-8?B?8J+Yig==?= =?utf-8?q?caf=C3=A9?="}, "message|t|x|😊café|0|"},
		{"raw UTF-8", "POST", "/t", "日本語", []string{"Title", "日本"}, "message|t|日本語|日本|0|"},
		{"urgency of the request", "POST", "/t?p=4", "x", []string{"Priority", "u=3, i"}, "message|t|x||4|"},
		{"JSON is text", "POST", "/t", `{"topic":"other"}`, nil, `message|t|{"topic":"other"}||0|`},
		{"form", "POST", "/t", "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, "message|t|a=b||0|"},
		{"as JSON", "POST", "/", `{"topic":"j","message":"m","title":"T","priority":4,"tags":["a","b,c"],"click":"http://x","unknown":{}}`, nil, "message|j|m|T|4|a,b,c"},
		{"as JSON, PUT", "PUT", "/", `{"topic":"j","priority":0,"title":null}`, nil, "message|j|triggered||0|"},
		{"as JSON with headers", "POST", "/", `{"topic":"j","message":"m"}`, []string{"X-Title", "H", "X-Tags", "a"}, "message|j|m|H|0|a"},
		{"longest text", "POST", "/t", strings.Repeat("x", 4095), nil, "message|t|" + strings.Repeat("x", 4095) + "||0|"},
	} {
		got := call(t, c.method, h.url+c.path, c.body, c.headers...)
		if got.status != 200 || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: got %d %s", c.name, got.status, got.body)
			continue
		}
		n := into[note](t, got.body)
		if n.String() != c.want || len(n.ID) != 12 || time.Since(time.Unix(n.Time, 0)).Abs() > time.Hour {
			t.Errorf("%s: got %s (id %s, time %d), want %s", c.name, n, n.ID, n.Time, c.want)
		}
	}
}

// ntfy's clients accept these three keys and no other.
func TestNtfyErrorsHaveItsShapeAndNumbers(t *testing.T) {
	h := openHub(t)
	before := topicNames(t, h)
	for _, c := range []struct {
		method, path, body string
		headers            []string
		code               int
	}{
		{"POST", "/docs", "x", nil, 40010},
		{"PUT", "/settings", "x", nil, 40010},
		{"POST", "/healthz", "x", nil, 40010},
		{"POST", "/ws", "x", nil, 40010},
		{"POST", "/", `{"topic":"api","message":"x"}`, nil, 40010},
		{"GET", "/docs/json", "", nil, 40009},
		{"GET", "/api/sse", "", nil, 40009},
		{"GET", "/static/ws", "", nil, 40009},
		{"GET", "/a,docs/json?poll=1", "", nil, 40009},
		{"POST", "/", `{"message":"x"}`, nil, 40009},
		{"POST", "/", `{"topic":"a.b"}`, nil, 40009},
		{"POST", "/", `hello`, nil, 40024},
		{"POST", "/", ``, nil, 40024},
		{"POST", "/", `{"topic":1}`, nil, 40024},
		{"POST", "/", `{"topic":"a","tags":"b"}`, nil, 40024},
		{"POST", "/", `{"topic":"a","priority":"high"}`, nil, 40024},
		{"POST", "/", `{"topic":"a","priority":9}`, nil, 40007},
		{"POST", "/", `{"topic":"a","message":"` + strings.Repeat("x", 8192) + `"}`, nil, 41303},
		{"POST", "/t", "x", []string{"Priority", "6"}, 40007},
		{"POST", "/t", "x", []string{"Priority", "0"}, 40007},
		{"POST", "/t", "x", []string{"Priority", "loud"}, 40007},
		{"POST", "/t", "\xff", nil, 40011},
		{"POST", "/t", strings.Repeat("x", 4096), nil, 40014},
		{"GET", "/t/json?since=yesterday", "", nil, 40008},
		{"GET", "/t/ws", "", nil, 40016},
		{"GET", "/t", "", nil, 40401},
		{"GET", "/t/nothing", "", nil, 40401},
		{"DELETE", "/t", "", nil, 40401},
		{"POST", "/a,b", "x", nil, 40401},
		{"POST", "/a.b", "x", nil, 40401},
		{"POST", "/" + strings.Repeat("a", 65), "x", nil, 40401},
		{"GET", "/a%20b/json", "", nil, 40401},
		{"POST", "/t/", "x", nil, 40401},
		{"POST", "/t", "x", []string{"Authorization", "Bearer wrong"}, 40101},
		{"GET", "/t/json", "", []string{"Sec-Fetch-Site", "same-origin"}, 40101},
		{"POST", "/t", "x", []string{"Origin", "http://evil.example"}, 40301},
		{"POST", "/t", "x", []string{"Host", "evil.example"}, 40301},
	} {
		got := call(t, c.method, h.url+c.path, c.body, c.headers...)
		in := into[map[string]any](t, got.body)
		text, _ := in["error"].(string)
		if got.status != c.code/100 || in["code"] != float64(c.code) || in["http"] != float64(c.code/100) || text == "" || len(in) != 3 {
			t.Errorf("%s %.30s %.30q: got %d %s, want %d", c.method, c.path, c.body, got.status, got.body, c.code)
		}
	}
	if got := call(t, "HEAD", h.url+"/t/json", ""); got.status != 404 {
		t.Errorf("HEAD /t/json: got %d, want 404", got.status)
	}
	if after := topicNames(t, h); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("errors left topics: %q, before %q", after, before)
	}
}

func TestNtfyRatesHaveItsNumber(t *testing.T) {
	h := openHub(t)
	for i := range 300 {
		if got := call(t, "POST", h.url+"/t", "x"); got.status != 200 {
			if i < 200 || got.status != 429 || !strings.Contains(got.body, `"code":42901`) || got.header.Get("Retry-After") == "" {
				t.Errorf("publication %d: got %d %s", i, got.status, got.body)
			}
			return
		}
	}
	t.Error("300 at once were taken")
}

// subscribe opens a stream of lines.
func subscribe(t testing.TB, url string) (next func() string, res *http.Response) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err = http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != 200 {
		t.Fatalf("GET %s: %d", url, res.StatusCode)
	}
	lines := bufio.NewScanner(res.Body)
	return func() string {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("the stream ended: %v", lines.Err())
		}
		return lines.Text()
	}, res
}

func TestSubscribingSendsOpenReplayAndLive(t *testing.T) {
	h := openHub(t)
	publish := func(topic, text string) note {
		t.Helper()
		return into[note](t, call(t, "POST", h.url+"/"+topic, text).body)
	}
	first := publish("a", "one")
	publish("a", "two")
	publish("b", "other")

	next, res := subscribe(t, h.url+"/a/json?since="+first.ID)
	if got := res.Header.Get("Content-Type"); got != "application/x-ndjson; charset=utf-8" {
		t.Errorf("Content-Type is %q", got)
	}
	want := func(line, want string) {
		t.Helper()
		if got := into[note](t, line); got.String() != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	want(next(), "open|a|||0|")
	want(next(), "message|a|two||0|")
	publish("b", "not here")
	third := publish("a", "three")
	line := next()
	want(line, "message|a|three||0|")
	if got := into[note](t, line); got.ID != third.ID || got.Time != third.Time {
		t.Errorf("the subscriber got %+v, the publisher %+v", got, third)
	}

	live, _ := subscribe(t, h.url+"/a,b/json")
	want(live(), "open|a,b|||0|")
	publish("b", "yes")
	want(live(), "message|b|yes||0|") // before the next is published: no order is promised between topics
	publish("a", "and")
	want(live(), "message|a|and||0|")

	ws := dial(t, h, "/a/ws?since="+third.ID)
	want(ws.text(), "open|a|||0|")
	want(ws.text(), "message|a|and||0|")
	ws.say("passed over")
	publish("a", "four")
	want(ws.text(), "message|a|four||0|")
}

func TestServerSentEventsOfNotifications(t *testing.T) {
	h := openHub(t)
	next, res := subscribe(t, h.url+"/a/sse")
	if got := res.Header.Get("Content-Type"); got != "text/event-stream; charset=utf-8" {
		t.Errorf("Content-Type is %q", got)
	}
	if event, data, end := next(), next(), next(); event != "event: open" || !strings.HasPrefix(data, `data: {"id":"`) || end != "" {
		t.Errorf("got %q %q %q", event, data, end)
	}
	call(t, "POST", h.url+"/a", "one\ntwo")
	if data, end := next(), next(); !strings.Contains(data, `"message":"one\ntwo"`) || !strings.HasPrefix(data, "data: ") || end != "" {
		t.Errorf("got %q %q", data, end)
	}
}

func TestPollingEnds(t *testing.T) {
	h := openHub(t)
	for i := range 5 {
		call(t, "POST", h.url+"/a", fmt.Sprint(i))
	}
	for query, want := range map[string]int{"poll=1": 5, "poll=true&since=all": 5, "poll=1&since=none": 0, "poll=1&since=latest": 1, "po=1&si=10m": 5} {
		got := call(t, "GET", h.url+"/a/json?"+query, "")
		if n := strings.Count(got.body, `"event":"message"`); n != want || strings.Count(got.body, "\n") != want {
			t.Errorf("%s: got %d messages in %q, want %d", query, n, got.body, want)
		}
	}
	if got := call(t, "GET", h.url+"/a/json", "", "X-Poll", "yes"); strings.Count(got.body, "\n") != 5 {
		t.Errorf("by header: got %q", got.body)
	}
	if got := call(t, "GET", h.url+"/never-used/json?poll=1", ""); got.status != 200 || got.body != "" {
		t.Errorf("a topic that nobody used: got %d %q", got.status, got.body)
	}
}

func TestKeepaliveComesEvery45Seconds(t *testing.T) {
	bubble(t, func(t *testing.T, b *bubbled) {
		conn := b.connect(t)
		fmt.Fprintf(conn, "GET /a/json HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n", adminToken)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || res.StatusCode != 200 {
			t.Fatal(res, err)
		}
		lines := bufio.NewScanner(res.Body)
		start := time.Now()
		for i, want := range []string{"open", "keepalive", "keepalive", "keepalive"} {
			if !lines.Scan() {
				t.Fatal(lines.Err())
			}
			var n note
			if err := json.Unmarshal(lines.Bytes(), &n); err != nil || n.Event != want || n.Topic != "a" || time.Since(start) != time.Duration(i)*45*time.Second {
				t.Errorf("got %s after %v, want %s after %d × 45 s", lines.Text(), time.Since(start), want, i)
			}
		}
	})
}

func TestNtfyHealth(t *testing.T) {
	if got := call(t, "GET", openHub(t).url+"/v1/health", "", "Sec-Fetch-Site", "none"); got.body != `{"healthy":true}`+"\n" {
		t.Errorf("got %d %s", got.status, got.body)
	}
}
