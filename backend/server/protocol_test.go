package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"hearth/backend/chat"
	"hearth/backend/peer"
	"hearth/backend/topic"
)

// postAs writes a message past the server.
func postAs(t testing.TB, h *hub, room string, from peer.Face, text string) topic.Entry {
	t.Helper()
	e, _, err := h.rooms.Post(t.Context(), room, from, chat.Text{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// textIn returns the text of a message envelope.
func textIn(t testing.TB, e envelope) string {
	t.Helper()
	var m struct{ Text string }
	if err := json.Unmarshal(e.Data, &m); err != nil {
		t.Fatal(err)
	}
	return m.Text
}

func TestFollowIsAnsweredBeforeItsEntries(t *testing.T) {
	h := openHub(t)
	ada, cookie := joined(t, h, "ada")
	for i := range 20 {
		postAs(t, h, "lobby", ada.Face, fmt.Sprintf("m%d", i+1))
	}
	c := hello(t, h, "Cookie", cookie)
	for round := range 50 {
		c.say(fmt.Sprintf(`{"id":%d,"op":"follow","topic":"room/lobby","last":5}`, round))
		if e := c.envelope(); e.ID == nil || *e.ID != round || !strings.Contains(string(e.OK), `"seq":15}`) {
			t.Fatalf("round %d: first came %+v, want the answer", round, e)
		}
		for i := range 5 {
			if e := c.envelope(); e.Seq != uint64(16+i) {
				t.Fatalf("round %d: got seq %d, want %d", round, e.Seq, 16+i)
			}
		}
	}
}

func TestLeaveEndsATopicAtOnce(t *testing.T) {
	h := openHub(t)
	ada, cookie := joined(t, h, "ada")
	c := hello(t, h, "Cookie", cookie)
	c.ok(1, `"op":"follow","topic":"room/lobby"`)
	postAs(t, h, "lobby", ada.Face, "one")
	if e := c.envelope(); textIn(t, e) != "one" {
		t.Fatalf("got %+v, want one", e)
	}
	c.ok(2, `"op":"leave","topic":"room/lobby"`)
	postAs(t, h, "lobby", ada.Face, "two")
	c.say(`{"id":3,"op":"ping"}`)
	if e := c.envelope(); e.ID == nil || *e.ID != 3 {
		t.Errorf("after leaving came %+v, want the pong", e)
	}
	if got := c.refused(4, `"op":"leave","topic":"room/lobby"`); got != "not_found" {
		t.Errorf("leaving twice: got %s, want not_found", got)
	}
}

// A client that loses its connection follows again from its position, and misses nothing and gets nothing twice.
func TestResumeMissesNothingAndDoublesNothing(t *testing.T) {
	h := openHub(t)
	ada, cookie := joined(t, h, "ada")
	postAs(t, h, "lobby", ada.Face, "before")
	c := hello(t, h, "Cookie", cookie)
	var at struct {
		Position topic.Position
		First    uint64
	}
	if err := json.Unmarshal([]byte(c.ok(1, `"op":"follow","topic":"room/lobby","last":1`)), &at); err != nil {
		t.Fatal(err)
	}
	last := at.Position.Seq
	for round := range 20 {
		postAs(t, h, "lobby", ada.Face, fmt.Sprintf("%d, connected", round))
		for last < h.position(t, "room/lobby").Seq {
			e := c.envelope()
			if e.Seq != last+1 {
				t.Fatalf("round %d: got seq %d after %d", round, e.Seq, last)
			}
			last = e.Seq
		}
		c.conn.Close()
		postAs(t, h, "lobby", ada.Face, fmt.Sprintf("%d, away", round))
		c = hello(t, h, "Cookie", cookie)
		c.ok(1, fmt.Sprintf(`"op":"follow","topic":"room/lobby","from":{"epoch":%q,"seq":%d}`, at.Position.Epoch, last))
	}
}

func (h *hub) position(t testing.TB, name string) topic.Position {
	t.Helper()
	top, err := h.topics.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return top.Position()
}

func TestResumeInAnotherHistoryIsReset(t *testing.T) {
	h := openHub(t)
	ada, cookie := joined(t, h, "ada")
	for range 60 {
		postAs(t, h, "lobby", ada.Face, "x")
	}
	c := hello(t, h, "Cookie", cookie)
	c.ok(1, `"op":"follow","topic":"room/lobby","from":{"epoch":"lost","seq":7}`)
	e := c.envelope()
	if e.Kind != "reset" || e.Position == nil || e.Position.Seq != 10 || e.Position.Epoch != h.position(t, "room/lobby").Epoch {
		t.Fatalf("got %+v, want a reset to seq 10", e)
	}
	for seq := uint64(11); seq <= 60; seq++ {
		if e := c.envelope(); e.Seq != seq {
			t.Fatalf("got %+v, want seq %d", e, seq)
		}
	}
	if got := c.refused(2, `"op":"follow","topic":"room/lobby","from":{"epoch":"","seq":7}`); got != "bad_request" {
		t.Errorf("a position without an epoch: got %s, want bad_request", got)
	}
}

func TestAGapIsTold(t *testing.T) {
	h := openHub(t)
	ring, err := h.topics.Open(t.Context(), "monitor/local", topic.Retention{Entries: 10})
	if err != nil {
		t.Fatal(err)
	}
	for range 30 {
		if _, _, err := ring.Append(t.Context(), topic.Draft{Kind: "sample", Data: json.RawMessage(`{}`)}); err != nil {
			t.Fatal(err)
		}
	}
	_, cookie := joined(t, h, "ada")
	c := hello(t, h, "Cookie", cookie)
	c.ok(1, fmt.Sprintf(`"op":"follow","topic":"monitor/local","from":{"epoch":%q,"seq":8}`, ring.Position().Epoch))
	c.want(strings.Replace(golden(t, "gap"), "room/lobby", "monitor/local", 1))
	if e := c.envelope(); e.Seq != 21 {
		t.Errorf("after the gap came seq %d, want 21", e.Seq)
	}
}

func TestWritersSeeTheirMessageOnceWhateverTheyRepeat(t *testing.T) {
	h := openHub(t)
	_, cookie := joined(t, h, "ada")
	c := hello(t, h, "Cookie", cookie)
	c.ok(1, `"op":"follow","topic":"room/lobby"`)
	first := c.ok(2, `"op":"post","room":"lobby","client_id":"01J","text":"hi"`)
	again := c.ok(3, `"op":"post","room":"lobby","client_id":"01J","text":"hi"`)
	if first != `{"topic":"room/lobby","seq":1,"dup":false}` || again != `{"topic":"room/lobby","seq":1,"dup":true}` {
		t.Errorf("got %s and %s", first, again)
	}
	if at := h.position(t, "room/lobby"); at.Seq != 1 {
		t.Errorf("the room has %d entries, want 1", at.Seq)
	}
}

func TestPeopleSeeEachOtherTypeAndRead(t *testing.T) {
	h := openHub(t)
	ada, adaCookie := joined(t, h, "ada")
	bob, bobCookie := joined(t, h, "bob")
	postAs(t, h, "lobby", ada.Face, "hello")
	a, b := hello(t, h, "Cookie", adaCookie), hello(t, h, "Cookie", bobCookie)
	a.ok(1, `"op":"follow","topic":"typing/lobby"`)
	b.ok(1, `"op":"typing","room":"lobby"`)
	if e := a.envelope(); e.Kind != "typing" || !strings.Contains(string(e.Data), bob.ID) {
		t.Errorf("got %+v, want bob typing", e)
	}
	b.ok(2, `"op":"follow","topic":"reads/`+bob.ID+`"`)
	b.ok(3, `"op":"read","topic":"room/lobby","seq":1`)
	if got := h.presence.Seq(t.Context(), bob.ID, "room/lobby"); got != 1 {
		t.Errorf("bob has read up to %d, want 1", got)
	}
	if got := a.refused(4, `"op":"follow","topic":"reads/`+bob.ID+`"`); got != "forbidden" {
		t.Errorf("following another's reads: got %s, want forbidden", got)
	}
	if got := a.refused(5, `"op":"follow","topic":"peer/`+bob.ID+`"`); got != "forbidden" {
		t.Errorf("following another's mentions: got %s, want forbidden", got)
	}
}

// What cannot be understood is answered on its own connection, changes nothing, and no other connection notices.
func TestBadInputIsAnsweredAndChangesNothing(t *testing.T) {
	h := openHub(t)
	ada, cookie := joined(t, h, "ada")
	postAs(t, h, "lobby", ada.Face, "here")
	other, c := hello(t, h, "Cookie", cookie), hello(t, h, "Cookie", cookie)
	other.ok(1, `"op":"follow","topic":"room/lobby"`)
	before := topicNames(t, h)
	for _, bad := range []struct{ in, code, field string }{
		{`hello`, "bad_json", ""},
		{`[]`, "bad_json", ""},
		{`{"id":1,"op":"ping"}{}`, "bad_json", ""},
		{`{"id":1,"id":1,"op":"ping"}`, "bad_json", "id"},
		{`{"op":"ping"}`, "bad_request", "id"},
		{`{"id":"1","op":"ping"}`, "bad_request", "id"},
		{`{"id":1}`, "unknown_op", "op"},
		{`{"id":1,"op":"dance"}`, "unknown_op", "op"},
		{`{"id":1,"op":7}`, "bad_json", "op"},
		{`{"id":1,"op":"follow"}`, "bad_request", "topic"},
		{`{"id":1,"op":"follow","topic":7}`, "bad_json", "topic"},
		{`{"id":1,"op":"follow","topic":"../lobby"}`, "bad_request", "topic"},
		{`{"id":1,"op":"follow","topic":"room/nobody-wrote-here"}`, "not_found", "room"},
		{`{"id":1,"op":"follow","topic":"room/UPPER"}`, "bad_request", "room"},
		{`{"id":1,"op":"follow","topic":"typing/nobody-wrote-here"}`, "not_found", "room"},
		{`{"id":1,"op":"follow","topic":"secret/thing"}`, "forbidden", "topic"},
		{`{"id":1,"op":"follow","topic":"room/lobby","last":"all"}`, "bad_json", "last"},
		{`{"id":1,"op":"follow","topic":"room/lobby","last":-1}`, "bad_json", "last"},
		{`{"id":1,"op":"follow","topic":"room/lobby","from":7}`, "bad_json", "from"},
		{`{"id":1,"op":"post","room":"lobby"}`, "bad_request", "text"},
		{`{"id":1,"op":"post","room":"lobby","text":" \n "}`, "bad_request", "text"},
		{`{"id":1,"op":"post","room":"lobby","text":["hi"]}`, "bad_json", "text"},
		{`{"id":1,"op":"post","room":"../x","text":"hi"}`, "bad_request", "room"},
		{`{"id":1,"op":"post","text":"hi"}`, "bad_request", "room"},
		{`{"id":1,"op":"post","room":"lobby","text":"` + strings.Repeat("x", 17004) + `"}`, "too_long", "text"},
		{`{"id":1,"op":"typing","room":"nobody-wrote-here"}`, "not_found", "room"},
		{`{"id":1,"op":"read","topic":"room/lobby","seq":"1"}`, "bad_json", "seq"},
		{`{"id":1,"op":"read","topic":"room/nobody-wrote-here","seq":1}`, "not_found", "room"},
		{`{"id":1,"op":"leave","topic":"room/lobby"}`, "not_found", "topic"},
	} {
		c.say(bad.in)
		e := c.envelope()
		if e.Error == nil || e.Error.Code != bad.code || e.Error.Field != bad.field || e.Error.Message == "" {
			t.Errorf("%.80s: got %+v, want %s in %q", bad.in, e.Error, bad.code, bad.field)
		}
	}
	if after := topicNames(t, h); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("bad input left topics: %q, before %q", after, before)
	}
	if at := h.position(t, "room/lobby"); at.Seq != 1 {
		t.Errorf("bad input wrote %d messages", at.Seq-1)
	}
	postAs(t, h, "lobby", ada.Face, "still here")
	if e := other.envelope(); textIn(t, e) != "still here" {
		t.Errorf("the other connection got %+v", e)
	}
}

func TestASessionFollowsOnlySoManyTopics(t *testing.T) {
	h := openHub(t)
	_, cookie := joined(t, h, "ada")
	c := hello(t, h, "Cookie", cookie)
	for i := range 64 {
		c.ok(i, fmt.Sprintf(`"op":"follow","topic":"notify/t%d"`, i))
	}
	if got := c.refused(64, `"op":"follow","topic":"notify/t64"`); got != "bad_request" {
		t.Errorf("the 65th: got %s, want bad_request", got)
	}
	c.ok(65, `"op":"follow","topic":"notify/t3"`) // one that it follows
	c.ok(66, `"op":"leave","topic":"notify/t3"`)
	c.ok(67, `"op":"follow","topic":"notify/t64"`)
}

func TestAStrangerMustSayHelloFirst(t *testing.T) {
	h := openHub(t)
	c := hello(t, h, "Sec-Fetch-Site", "same-origin")
	c.say(`{"id":1,"op":"ping"}`)
	c.wantClosed(4001)

	c = hello(t, h, "Sec-Fetch-Site", "same-origin")
	c.say(`{"id":1,"op":"hello","token":"wrong"}`)
	c.wantClosed(4001)

	c = hello(t, h, "Sec-Fetch-Site", "same-origin")
	c.say(`{"id":1,"op":"hello","token":"` + strings.Repeat("x", 5000) + `"}`)
	c.wantClosed(1009)

	c = hello(t, h, "Sec-Fetch-Site", "same-origin")
	if got := c.ok(1, `"op":"hello","token":"`+adminToken+`"`); !strings.Contains(got, `"role":"owner"`) {
		t.Errorf("hello with the admin token: got %s", got)
	}
	c.ok(2, `"op":"follow","topic":"list/rooms"`)
}

func TestSigningOutClosesWhatTheSessionOpened(t *testing.T) {
	h := openHub(t)
	_, cookie := joined(t, h, "ada")
	_, otherCookie := joined(t, h, "bob")
	c, other := hello(t, h, "Cookie", cookie), hello(t, h, "Cookie", otherCookie)
	if got := call(t, "POST", h.url+"/api/leave", "", "Cookie", cookie); got.status != 204 || !strings.Contains(got.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Fatalf("leave: %d %s %v", got.status, got.body, got.header)
	}
	c.wantClosed(4003)
	other.ok(1, `"op":"ping"`)
	if got := role(t, h, "Cookie", cookie, "Sec-Fetch-Site", "same-origin"); got != "visitor" {
		t.Errorf("after leaving the cookie is worth %s", got)
	}
}

func TestWhatIsNotTextCloses(t *testing.T) {
	h := openHub(t)
	_, cookie := joined(t, h, "ada")
	open := func() *client { return hello(t, h, "Cookie", cookie) }
	other := open()

	c := open()
	c.send(opBinary, []byte("{}"))
	c.wantClosed(1003)

	c = open()
	c.send(opText, []byte("{\"id\":1,\"op\":\"\xff\"}"))
	c.wantClosed(1007)

	c = open()
	c.send(opText, []byte(strings.Repeat("x", 64<<10+1)))
	c.wantClosed(1009)

	c = open()
	c.send(opText, []byte(`{"id":1,"op":"ping","pad":"`+strings.Repeat("x", 64<<10-29)+`"}`))
	if e := c.envelope(); e.OK == nil {
		t.Errorf("a message of 64 KiB: got %+v", e)
	}

	c = open() // a message in fragments of nothing never ends
	fragments := maskedFrame(opText, []byte("{"))
	for range 20000 {
		fragments = append(fragments, maskedFrame(0, nil)...)
	}
	c.conn.Write(fragments) // the hub may close before it has all
	if code, reason := c.closed(); code != 1009 {
		t.Errorf("empty fragments: closed with %d %s, want 1009", code, reason)
	}

	c = open()
	c.conn.Write([]byte{0x81, 0x02, 'h', 'i'}) // not masked
	c.wantClosed(1002)

	other.ok(1, `"op":"ping"`)
}
