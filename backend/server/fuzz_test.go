package server_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"hearth/backend/notify"
	"hearth/backend/server"
)

// The targets of this file are requests over HTTP as strangers may write them. Sockets are in fuzz_socket_test.go.

// ask answers a request whose headers are taken as they are, past net/http's reader: the hub relies on none of its checks.
// The request comes from a foreign computer unless its RemoteAddr is set.
func ask(h *hub, method, path, query, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	r.URL.RawQuery = query
	change(r)
	w := httptest.NewRecorder()
	h.Handler().ServeHTTP(w, r)
	return w
}

// wantRefusal fails the test unless an answer is an error with a sentence that blames the caller.
func wantRefusal(t *testing.T, w *httptest.ResponseRecorder, statuses ...int) {
	t.Helper()
	for _, status := range statuses {
		if w.Code == status && w.Header().Get("X-Hearth-Error") != "" && json.Valid(w.Body.Bytes()) {
			return
		}
	}
	t.Fatalf("got %d %v %s; want an error with one of %v", w.Code, w.Header(), w.Body, statuses)
}

var (
	plainHost = regexp.MustCompile(`^(?i)([a-z0-9._-]+|\[[0-9a-f:.]+(%[a-z0-9._-]+)?\]|[0-9a-f:.]*)(:[0-9]*)?$`)
	localName = regexp.MustCompile(`^(?i)([a-z0-9._-]*\.)?localhost\.?$`)
)

// Whatever a request says of its host, its origin and its sender: it is answered under this hub's names alone, to this
// hub's pages alone, and is somebody's only with that one's secret.
func FuzzGuard(f *testing.F) {
	h := openHub(f, built)
	_, cookie := joined(f, h, "ada")
	machine, _ := os.Hostname()
	for _, seed := range [][4]string{
		{"127.0.0.1:7420", "", "", ""},
		{"127.0.0.1:7420", "http://127.0.0.1:7420", "", cookie},
		{"[::1]:7420", "http://[::1]:7420", "Bearer " + adminToken, ""},
		{"[fe80::1%eth0]", "", "", ""},
		{"[::1%;default-src *]", "", "", ""},
		{"localhost.", "null", "basic " + adminToken, "hearth_" + h.peers.HubID() + "="},
		{"a.localhost:1", "", "Basic OnRlc3QtYWRtaW4tdG9rZW4=", cookie + "; " + cookie},
		{machine + ".local", "http://evil.example", "", cookie[:len(cookie)-1]},
		{"evil.example", "http://evil.example", "Bearer", cookie},
		{"127.0.0.1:7420@evil.example", "", "Bearer " + adminToken + "x", "; ; ="},
		{"0x7f.1", "file://", "Bearer\t" + adminToken, cookie},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	f.Fuzz(func(t *testing.T, host, origin, authorization, cookies string) {
		w := ask(h, "GET", "/", "", "", func(r *http.Request) { r.Host = host })
		if policy := w.Header().Get("Content-Security-Policy"); policy != "" && !plainHost.MatchString(host) {
			t.Fatalf("Host %q ends up in the policy %q", host, policy)
		}
		w = ask(h, "GET", "/api/me", "", "", func(r *http.Request) {
			r.Host = host
			for name, value := range map[string]string{"Origin": origin, "Authorization": authorization, "Cookie": cookies} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
		})
		if w.Code != 200 {
			wantRefusal(t, w, 400, 401, 403)
			return
		}
		if !plainHost.MatchString(host) || !ours(host, machine) {
			t.Fatalf("answers to the Host %q", host)
		}
		if origin != "" && !strings.EqualFold(origin, "http://"+host) {
			t.Fatalf("a page from %q may use %q", origin, host)
		}
		secret := strings.Contains(cookies, cookie) || strings.Contains(authorization, adminToken) || strings.HasPrefix(authorization, "Basic ")
		if who := into[struct{ Me any }](t, w.Body.String()); who.Me != nil && !secret {
			t.Fatalf("Authorization %q and Cookie %q are somebody: %s", authorization, cookies, w.Body)
		}
	})
}

// ours reports whether a Host header is an address or one of the names that every hub has.
func ours(host, machine string) bool {
	u, err := url.Parse("http://" + strings.Replace(host, "%", "%25", 1)) // a zone
	if err != nil {
		return net.ParseIP(host) != nil // without its brackets
	}
	name := strings.ToLower(u.Hostname())
	address, _, _ := strings.Cut(name, "%")
	return net.ParseIP(address) != nil || localName.MatchString(name) || strings.HasPrefix(name, strings.ToLower(machine))
}

// A stream begins where it says, or is refused; a position that it takes it gives back as it was.
func FuzzPosition(f *testing.F) {
	h := openHub(f)
	const last = 70
	for range last {
		if _, err := h.notify.Publish(f.Context(), "t", notify.Draft{Text: "x"}); err != nil {
			f.Fatal(err)
		}
	}
	epoch := h.position(f, "notify/t").Epoch
	for _, seed := range [][2]string{
		{epoch + "/3", ""}, {"", epoch + "/70"}, {"", epoch + "/71"}, {"lost/3", ""}, {"", "all"}, {"", "now"}, {"", ""}, {"/3", ""}, {"/0", ""},
		{epoch + "/", "all"}, {"", epoch + "/03"}, {"", epoch + "/+3"}, {"", epoch + "/9007199254740992"}, {"", epoch + "/3/4"}, {"", "10m"},
		{"\xff/1", ""}, {"", "2540400h"}, {"a\r\nb/1", ""},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, id, since string) {
		w := ask(h, "GET", "/api/topics/notify/t", url.Values{"since": {since}, "follow": {"0"}}.Encode(), "", func(r *http.Request) {
			r.Header["Authorization"] = []string{"Bearer " + adminToken}
			r.Header["Last-Event-Id"] = []string{id}
		})
		if w.Code != 200 {
			wantRefusal(t, w, 400)
			return
		}
		at, seq, _ := strings.Cut(w.Header().Get("X-Hearth-Position"), "/")
		from, err := strconv.ParseUint(seq, 10, 64)
		if err != nil || at != epoch || from > last {
			t.Fatalf("%q %q begins at %s/%s", id, since, at, seq)
		}
		sent := id
		if sent == "" {
			sent = since
		}
		if e, s, _ := strings.Cut(sent, "/"); e == epoch {
			if n, err := strconv.ParseUint(s, 10, 64); err == nil && n <= last && n != from {
				t.Fatalf("%q begins after %d", sent, from)
			}
		}
		next := from + 1
		for lines := bufio.NewScanner(w.Body); lines.Scan(); {
			e := into[envelope](t, lines.Text())
			if e.Kind == "reset" {
				continue
			}
			if e.Seq != next {
				t.Fatalf("%q %q: got seq %d, want %d", id, since, e.Seq, next)
			}
			next++
		}
		if next != last+1 {
			t.Fatalf("%q %q: the last was %d, want %d", id, since, next-1, last)
		}
	})
}

// published is a notification as ntfy's clients see it.
type published struct {
	ID, Event, Topic, Message, Title string
	Priority                         int
	Tags                             []string
}

// wantKept fails the test unless what a publisher was told is within the limits, and is what a subscriber gets.
func wantKept(t *testing.T, h *hub, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code != 200 {
		wantRefusal(t, w, 400, 404, 413, 429)
		return
	}
	p := into[published](t, w.Body.String())
	switch {
	case !utf8.Valid(w.Body.Bytes()), p.Message == "", len(p.Message) > notify.MaxText, utf8.RuneCountInString(p.Title) > notify.MaxTitle,
		p.Priority < 0, p.Priority > 5, len(p.Tags) > notify.MaxTags, notify.CheckTopic(p.Topic) != nil:
		t.Fatalf("kept %+v", p)
	}
	for _, tag := range p.Tags {
		if tag == "" || tag != strings.TrimSpace(tag) || strings.Contains(tag, ",") || utf8.RuneCountInString(tag) > notify.MaxTag {
			t.Fatalf("kept the tag %q", tag)
		}
	}
	got := ask(h, "GET", "/"+p.Topic+"/json", "poll=1&since=latest", "", asOwner)
	if got.Body.String() != w.Body.String() {
		t.Fatalf("a subscriber gets %s, the publisher was told %s", got.Body, w.Body)
	}
}

func asOwner(r *http.Request) { r.Header.Set("Authorization", "Bearer "+adminToken) }

func boundless(d *server.Deps) { d.Limits.ScriptRate.PerSecond = server.Unlimited }

// What a publisher writes into headers, query and body is kept within the limits as a subscriber sees it, or refused.
func FuzzPublish(f *testing.F) {
	h := openHub(f, boundless)
	for _, seed := range [][6]string{
		{"Backup done", "high", "warning,skull", "", "", "all is well"},
		{"=?UTF-8?B?8J+agA==?=", "5", "a, b ,,c", "line\\nline", "title=t&p=1", ""},
		{"=?UTF-8?Q?=FF?=", "urgent", "", "", "m=hi&tags=x", ""},
		{strings.Repeat("é", 251), "u=3, i", strings.Repeat("t,", 40), "", "%zz", "\xff"},
		{"a\x00b", "0", strings.Repeat("t", 65), "", "priority=6", strings.Repeat("x", 4096)},
		{"=?x?y?z?=", "999999999999999999999", "\xff", "\xff", "message=%ff", " "},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4], seed[5])
	}
	f.Fuzz(func(t *testing.T, title, priority, tags, message, query, body string) {
		wantKept(t, h, ask(h, "POST", "/builds", query, body, func(r *http.Request) {
			asOwner(r)
			r.Header["X-Title"], r.Header["Priority"], r.Header["X-Tags"] = []string{title}, []string{priority}, []string{tags}
			r.Header["X-Message"] = []string{message}
		}))
	})
}

func FuzzPublishJSON(f *testing.F) {
	h := openHub(f, boundless)
	for _, seed := range []string{
		`{"topic":"builds","message":"done","title":"Build","priority":4,"tags":["warning","skull"]}`,
		`{"topic":"builds"}`, `{"topic":"ws","message":"reserved"}`, `{"topic":"../x"}`, `{"topic":7}`, `{"topic":"builds","priority":"high"}`,
		`{"topic":"builds","priority":9007199254740991}`, `{"topic":"builds","tags":"a"}`, `{"topic":"builds","tags":["a,b"," "]}`,
		`{"topic":"builds","message":"\ud800","title":"\u0000"}`, `[]`, `{`, ``,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		wantKept(t, h, ask(h, "POST", "/", "", body, asOwner))
	})
}

// A path leads to one of the doors or nowhere; nothing below the hub's own paths is taken for a topic.
func FuzzPath(f *testing.F) {
	h := openHub(f, boundless)
	for _, seed := range []string{"/api/me", "/chat/lobby", "/%2e%2e/api/me", "/a//b", "/builds/json", "/ws/json", "/a%2fb", "/\x00", "/api/", "/a,b/json", "/é", "//api/me", "/.", "*", "a:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		line := "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(line)))
		if err != nil {
			return // net/http refuses it
		}
		for _, method := range []string{"PUT", "DELETE"} { // GET could stream without an end
			r.Method, r.Body = method, io.NopCloser(strings.NewReader("x"))
			asOwner(r)
			w := httptest.NewRecorder()
			h.Handler().ServeHTTP(w, r)
			if w.Code == 200 && method == "PUT" {
				wantKept(t, h, w)
				continue
			}
			wantRefusal(t, w, 400, 403, 404, 405, 413, 429)
		}
	})
}
