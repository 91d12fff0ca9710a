package notify_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hearth/backend/fault"
	"hearth/backend/notify"
	"hearth/backend/topic"
)

// hub is what notify needs around it.
type hub struct {
	t      testing.TB
	topics *topic.Topics
	notify *notify.Notify
}

func openHub(t testing.TB) *hub { return reopen(t, topic.NewRing()) }

// reopen starts a hub on what an earlier one kept in disk.
func reopen(t testing.TB, disk topic.Engine) *hub {
	t.Helper()
	h := &hub{t: t, topics: topic.New(disk)}
	var err error
	if h.notify, err = notify.Open(t.Context(), h.topics, notify.Options{}); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *hub) publish(name string, d notify.Draft) notify.Notification {
	h.t.Helper()
	n, err := h.notify.Publish(h.t.Context(), name, d)
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (h *hub) text(name, text string) notify.Notification {
	h.t.Helper()
	return h.publish(name, notify.Draft{Text: text})
}

func (h *hub) entries(name string, kinds ...string) []topic.Entry {
	h.t.Helper()
	t, err := h.topics.Lookup(name)
	if err != nil {
		h.t.Fatalf("topic %s: %v", name, err)
	}
	entries, err := t.Before(h.t.Context(), 0, 20_000, kinds...)
	if err != nil {
		h.t.Fatal(err)
	}
	return entries
}

// since returns the texts that a reader gets who follows a topic since then.
func (h *hub) since(name, since string) (texts []string) {
	h.t.Helper()
	start, err := h.notify.Since(h.t.Context(), name, since, time.Now())
	if err != nil {
		h.t.Fatalf("since %q: %v", since, err)
	}
	sub := h.topics.Subscribe(func() {})
	defer sub.Close()
	if _, err := sub.Follow("notify/"+name, start); err != nil {
		h.t.Fatal(err)
	}
	for b, ok := sub.Take(); ok; b, ok = sub.Take() {
		if b.Reset || b.Missed > 0 || b.Err != nil {
			h.t.Errorf("since %q: reset %v, %d missed, %v", since, b.Reset, b.Missed, b.Err)
		}
		for _, e := range b.Entries {
			n, err := notify.Decode(e)
			if err != nil {
				h.t.Fatal(err)
			}
			texts = append(texts, n.Text)
		}
	}
	return texts
}

func (h *hub) wantSince(name, since, want string) {
	h.t.Helper()
	if got := strings.Join(h.since(name, since), " "); got != want {
		h.t.Errorf("since %q of %s: %q, want %q", since, name, got, want)
	}
}

func wantGolden(t testing.TB, shape string, data []byte, same ...string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "server", "testdata", "wire", shape+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var envelope struct{ Data json.RawMessage }
	if err := json.Unmarshal(raw, &envelope); err != nil {
		t.Fatalf("golden file %s: %v", shape, err)
	}
	if got, want := strings.NewReplacer(same...).Replace(string(data)), string(envelope.Data); got != want {
		t.Errorf("%s is\n%s, want\n%s", shape, got, want)
	}
}

func TestDataIsAsInTheGoldenFiles(t *testing.T) {
	h := openHub(t)
	h.text("backups", "one")
	h.text("backups", "two")
	n := h.publish("backups", notify.Draft{Text: "Backup done", Title: "Nightly", Priority: 4, Tags: []string{"floppy_disk"}})
	wantGolden(t, "notification", h.entries("notify/backups")[2].Data, n.ID, "0aZ3kQ9bX2mT")
	position := h.notify.List(t.Context())[0].Position
	wantGolden(t, "notify_topic", h.entries("list/notify")[0].Data, n.ID, "0aZ3kQ9bX2mT", position.Epoch, "q3",
		n.Time.Format(topic.WireTime), "2026-11-22T08:00:00.000Z")
}

func TestPublishFillsInWhatIsLeftOut(t *testing.T) {
	h := openHub(t)
	for _, c := range []struct {
		draft notify.Draft
		want  string
	}{
		{notify.Draft{}, `{"text":"triggered","priority":3}`},
		{notify.Draft{Text: " \n", Title: " ", Tags: []string{"", " "}}, `{"text":"triggered","priority":3}`},
		{notify.Draft{Text: " done \n", Title: " Nightly ", Priority: 5, Tags: []string{" a ", "", "b,c"}},
			`{"text":"done","title":"Nightly","priority":5,"tags":["a","b,c"]}`},
		{notify.Draft{Text: "二\nlines", Priority: 1}, `{"text":"二\nlines","priority":1}`},
		{notify.Draft{Text: strings.Repeat("a", notify.MaxText)}, `{"text":"` + strings.Repeat("a", notify.MaxText) + `","priority":3}`},
	} {
		n := h.publish("t", c.draft)
		newest := h.entries("notify/t")
		e := newest[len(newest)-1]
		id := fmt.Sprintf(`"id":"%s","topic":"t",`, n.ID)
		if got := strings.Replace(string(e.Data), id, "", 1); got != c.want {
			t.Errorf("%+v is stored as %s, want %s", c.draft, got, c.want)
		}
		if decoded, err := notify.Decode(e); err != nil || decoded.ID != n.ID || decoded.Seq != n.Seq || !decoded.Time.Equal(n.Time) ||
			decoded.Text != n.Text || decoded.Priority != n.Priority || decoded.Topic != "t" || !slices.Equal(decoded.Tags, n.Tags) {
			t.Errorf("published %+v, stored %+v, %v", n, decoded, err)
		}
	}
}

func TestPublishRefusesAndMakesNoTopic(t *testing.T) {
	h := openHub(t)
	for _, c := range []struct {
		what, name string
		draft      notify.Draft
		code       fault.Code
		field      string
		says       string
	}{
		{"no name", "", notify.Draft{}, fault.BadRequest, "topic", "1 to 64"},
		{"a long name", strings.Repeat("a", 65), notify.Draft{}, fault.BadRequest, "topic", "1 to 64"},
		{"a point", "a.b", notify.Draft{}, fault.BadRequest, "topic", "A-Z"},
		{"a way up", "../x", notify.Draft{}, fault.BadRequest, "topic", "A-Z"},
		{"a list", "a,b", notify.Draft{}, fault.BadRequest, "topic", "A-Z"},
		{"another script", "тема", notify.Draft{}, fault.BadRequest, "topic", "A-Z"},
		{"long text", "t", notify.Draft{Text: strings.Repeat("a", 4097)}, fault.TooLong, "text", "4097 bytes; the limit is 4096"},
		{"text in bad UTF-8", "t", notify.Draft{Text: "\xff"}, fault.BadRequest, "text", "UTF-8"},
		{"a long title", "t", notify.Draft{Title: strings.Repeat("é", 251)}, fault.TooLong, "title", "250 characters"},
		{"a title in bad UTF-8", "t", notify.Draft{Title: "\xff"}, fault.BadRequest, "title", "UTF-8"},
		{"priority 6", "t", notify.Draft{Priority: 6}, fault.BadRequest, "priority", "priority is 6; it may be 1 (min) to 5 (max)"},
		{"priority -1", "t", notify.Draft{Priority: -1}, fault.BadRequest, "priority", "priority is -1"},
		{"a long tag", "t", notify.Draft{Tags: []string{strings.Repeat("é", 65)}}, fault.TooLong, "tags", "64 characters"},
		{"a tag in bad UTF-8", "t", notify.Draft{Tags: []string{"\xff"}}, fault.BadRequest, "tags", "UTF-8"},
		{"many tags", "t", notify.Draft{Tags: slices.Repeat([]string{"a"}, 33)}, fault.TooLong, "tags", "32 tags"},
	} {
		_, err := h.notify.Publish(t.Context(), c.name, c.draft)
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != c.code || f.Field != c.field || !strings.Contains(f.Message, c.says) {
			t.Errorf("%s: got %v; want %s in %s, saying %q", c.what, err, c.code, c.field, c.says)
		}
	}
	if list := h.notify.List(t.Context()); len(list) != 0 || len(h.entries("list/notify")) != 0 {
		t.Errorf("refusals made topics: %+v", list)
	}
	h.publish(strings.Repeat("aZ9-_", 13)[:64], notify.Draft{Title: strings.Repeat("é", 250), Tags: slices.Repeat([]string{"a"}, 32)})
}

func TestIDsSortByTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openHub(t)
		var ids []string
		for n := range 300 {
			if n%100 == 0 { // many in one millisecond, and some later
				time.Sleep(time.Millisecond * time.Duration(n+1))
			}
			ids = append(ids, h.text(fmt.Sprint("topic-", n%3), "x").ID)
		}
		if !slices.IsSorted(ids) || len(slices.Compact(ids)) != 300 {
			t.Error("ids do not sort in the order of publishing, each once")
		}
		for _, id := range ids {
			if !regexp.MustCompile(`^[0-9A-Za-z]{12}$`).MatchString(id) {
				t.Errorf("id %q is not 12 of A-Z a-z 0-9", id)
			}
		}
	})
}

func TestIDsOfManyPublishersDiffer(t *testing.T) {
	h := openHub(t)
	var wg sync.WaitGroup
	ids := make(chan string, 1000)
	for n := range 10 {
		wg.Go(func() {
			for range 100 {
				note, err := h.notify.Publish(t.Context(), fmt.Sprint("topic-", n%2), notify.Draft{})
				if err != nil {
					t.Error(err)
				}
				ids <- note.ID
			}
		})
	}
	wg.Wait()
	close(ids)
	seen := make(map[string]bool)
	for id := range ids {
		seen[id] = true
	}
	if len(seen) != 1000 {
		t.Errorf("1,000 notifications have %d ids", len(seen))
	}
	for n, info := range h.notify.List(t.Context()) { // and the list has caught up with them
		if info.Topic != fmt.Sprint("topic-", n) || info.Position.Seq != 500 || info.Last.Seq != 500 {
			t.Errorf("the list shows %+v", info)
		}
	}
}

func TestTopicsComeBackAfterARestart(t *testing.T) {
	disk := topic.NewRing()
	before := reopen(t, disk)
	before.text("zoo", "one")
	before.text("backups", "two")
	last := before.text("backups", "three")
	if _, err := before.notify.Topic(t.Context(), "followed-only"); err != nil {
		t.Fatal(err)
	}

	after := reopen(t, disk)
	list := after.notify.List(t.Context())
	if len(list) != 2 || list[0].Topic != "backups" || list[1].Topic != "zoo" {
		t.Fatalf("the list is %+v, want backups and zoo", list)
	}
	if got := list[0]; got.Position.Seq != 2 || got.Last.ID != last.ID || got.Last.Text != "three" || got.Last.Seq != 2 {
		t.Errorf("backups is %+v, last %+v", got, got.Last)
	}
	if shown := after.entries("list/notify"); len(shown) != 2 {
		t.Errorf("list/notify shows %d topics, want 2", len(shown))
	}
}

func TestADamagedNotificationIsShownAsNone(t *testing.T) {
	disk := topic.NewRing()
	before := reopen(t, disk)
	tp, err := before.notify.Topic(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := tp.Append(t.Context(), topic.Draft{Kind: notify.KindNotification, Data: []byte(`[]`)}); err != nil {
		t.Fatal(err)
	}
	list := reopen(t, disk).notify.List(t.Context())
	if len(list) != 1 || list[0].Position.Seq != 1 || list[0].Last != nil {
		t.Errorf("the list is %+v", list)
	}
}

func TestTheNewestTenThousandAreKept(t *testing.T) {
	h := openHub(t)
	for range notify.KeepEntries + 5 {
		h.text("t", "x")
	}
	if got := h.entries("notify/t"); len(got) != notify.KeepEntries || got[0].Seq != 6 {
		t.Errorf("%d are kept from seq %d on, want %d from 6 on", len(got), got[0].Seq, notify.KeepEntries)
	}
}

func TestNotificationsAreKeptForThirtyDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := openHub(t)
		h.text("t", "old")
		time.Sleep(notify.KeepAge / 2)
		h.text("t", "newer")
		time.Sleep(notify.KeepAge/2 + time.Second)
		h.text("t", "new")
		h.wantSince("t", "all", "newer new")
	})
}

func TestTopicsAreBounded(t *testing.T) {
	h := openHub(t)
	for n := range notify.MaxAwaited {
		if _, err := h.notify.Topic(t.Context(), fmt.Sprint("followed-", n)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.notify.Topic(t.Context(), "one-more"); !fault.Is(err, fault.RateLimited) {
		t.Errorf("following one more that is not there: %v", err)
	}
	if _, err := h.notify.Topic(t.Context(), "followed-1"); err != nil {
		t.Errorf("following one that is open: %v", err)
	}
	h.text("followed-0", "x")
	if _, err := h.notify.Topic(t.Context(), "one-more"); err != nil {
		t.Errorf("after one was published to: %v", err)
	}
}

func TestAHubKeepsAThousandTopics(t *testing.T) {
	disk := topic.NewRing()
	topics := topic.New(disk)
	for n := range notify.MaxTopics {
		tp, err := topics.Open(t.Context(), fmt.Sprint("notify/topic-", n), topic.Retention{Durable: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := tp.Append(t.Context(), topic.Draft{Kind: notify.KindNotification, Data: []byte(`{}`)}); err != nil {
			t.Fatal(err)
		}
	}
	h := reopen(t, disk)
	if n := len(h.entries("list/notify")); n != notify.MaxTopics {
		t.Errorf("list/notify shows %d topics, want %d", n, notify.MaxTopics)
	}
	if _, err := h.notify.Publish(t.Context(), "another", notify.Draft{}); !fault.Is(err, fault.RateLimited) {
		t.Errorf("publishing to another: %v", err)
	}
	h.text("topic-7", "x")
}

func TestADraftThatTheStoreRefusesIsNotListed(t *testing.T) {
	h := openHub(t)
	if err := h.topics.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := h.notify.Publish(t.Context(), "t", notify.Draft{}); !errors.Is(err, topic.ErrClosed) {
		t.Errorf("publishing after the end: %v, want the topic's own error for the server to map", err)
	}
	if list := h.notify.List(t.Context()); len(list) != 0 {
		t.Errorf("the list is %+v", list)
	}
}
