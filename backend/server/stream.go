package server

import (
	"errors"
	"sync"

	"hearth/backend/topic"
)

// sink is where a stream ends: how one message is framed there, and how frames get out.
type sink interface {
	// frame appends one message to buf.
	frame(buf []byte, m message) []byte
	// write puts whole frames on the wire, in the order of the calls; nothing follows the last ones. After an error the
	// stream is over.
	write(frames []byte, last bool) error
}

// message is one thing to show: prefix and body together are its text.
type message struct {
	prefix string
	body   []byte
	at     topic.Position // where the reader stands after it; zero if it moves nobody
	event  string         // names it in Server-Sent Events; "" for what is an entry
}

// view says what readers of one kind see of topics.
type view struct {
	// entry returns how an entry is shown; a nil body shows nothing.
	entry func(e *topic.Entry) (prefix string, body []byte)
	// tells says that gaps and resets are told as envelopes; else they are passed over.
	tells bool
}

// stream is one reader from its topics to the wire: the only way on which anything waits while a reader is slow. Its
// answers share the way with the entries.
type stream struct {
	sub  *topic.Subscription
	view view
	sink sink

	// order is held while entries are taken, and while a command changes what is followed and answers: the answer to a
	// follow comes before its entries and after those of what was followed before. Writers and other readers never want it.
	order sync.Mutex
	left  topic.Batch // taken and not framed yet; guarded by order

	until map[string]uint64 // where to stop in each topic; nil = never; set once, before drain

	mu      sync.Mutex
	answers []byte    // framed; guarded by mu
	ending  bool      // the answers are the last that is written; guarded by mu
	room    sync.Cond // on mu; answers were taken, or the stream is ending
}

// topicError says that a topic cannot be read on.
type topicError struct {
	topic string
	err   error
}

func (e topicError) Unwrap() error { return e.err }

func (e topicError) Error() string { return "read topic " + e.topic + ": " + e.err.Error() }

// errEnded says that a stream has written its last.
var errEnded = errors.New("the stream has ended")

// buffers holds what is gathered for one write.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, writeBytes); return &b }}

func giveBack(b *[]byte) {
	if cap(*b) <= 2*writeBytes { // a single large entry is no reason to keep its room
		buffers.Put(b)
	}
}

// load is what is gathered for one write.
type load struct {
	frames []byte
	last   bool // nothing follows
	more   bool // there was more than one write holds
}

// drain writes until nothing is pending. One goroutine at a time may call it.
func (s *stream) drain() error {
	buf := buffers.Get().(*[]byte)
	defer giveBack(buf)
	for {
		l, err := s.pending((*buf)[:0], (*topic.Subscription).Take)
		*buf = l.frames
		if len(l.frames) > 0 {
			if err := s.sink.write(l.frames, l.last); err != nil {
				return err
			}
		}
		switch {
		case err != nil:
			return err
		case l.last:
			return errEnded
		case !l.more:
			return nil
		}
	}
}

// pending gathers the answers that wait and then, up to writeBytes, the entries that take gives. An error says that a
// topic could not be read; what is before it stands.
func (s *stream) pending(buf []byte, take func(*topic.Subscription) (topic.Batch, bool)) (load, error) {
	s.order.Lock()
	defer s.order.Unlock()
	buf, last := s.takeAnswers(buf)
	if last {
		return load{frames: buf, last: true}, nil
	}
	for {
		if len(s.left.Entries) == 0 {
			b, ok := take(s.sub)
			if !ok {
				return load{frames: buf}, nil
			}
			if b.Err != nil {
				return load{frames: buf}, topicError{b.Topic, b.Err}
			}
			s.left = s.upTo(b)
			buf = s.frameNews(buf)
		}
		var full bool
		if buf, full = s.frameEntries(buf); full {
			return load{frames: buf, more: true}, nil
		}
	}
}

// upTo cuts off what lies past the end of a stream that has one, and leaves topics that came to it.
func (s *stream) upTo(b topic.Batch) topic.Batch {
	end, limited := s.until[b.Topic]
	if !limited {
		return b
	}
	if b.Position.Seq >= end {
		s.sub.Leave(b.Topic)
	}
	for n := len(b.Entries); n > 0 && b.Entries[n-1].Seq > end; n-- {
		b.Entries = b.Entries[:n-1]
	}
	return b
}

// frameEntries frames what is left of a batch; full says that the buffer holds no more.
func (s *stream) frameEntries(buf []byte) (_ []byte, full bool) {
	for i := range s.left.Entries {
		e := &s.left.Entries[i]
		prefix, body := s.view.entry(e)
		if body == nil {
			continue
		}
		if len(buf) > 0 && len(buf)+len(prefix)+len(body) > writeBytes-frameRoom {
			s.left.Entries = s.left.Entries[i:]
			return buf, true
		}
		buf = s.sink.frame(buf, message{prefix: prefix, body: body, at: topic.Position{Epoch: s.left.Epoch, Seq: e.Seq}})
	}
	s.left = topic.Batch{}
	return buf, false
}

// frameRoom is more than any sink adds to a message.
const frameRoom = 128

// frameNews frames what a new batch says besides its entries.
func (s *stream) frameNews(buf []byte) []byte {
	if !s.view.tells {
		return buf
	}
	if s.left.Reset {
		buf = s.sink.frame(buf, message{event: "reset", body: resetFrame(s.left)})
	}
	if s.left.Missed > 0 {
		buf = s.sink.frame(buf, message{event: "gap", body: gapFrame(s.left)})
	}
	return buf
}

// follow moves the stream's cursor of an open topic and lets answer say where it stands.
func (s *stream) follow(name string, from topic.Start, answer func(topic.Position)) error {
	s.order.Lock()
	defer s.order.Unlock()
	p, err := s.sub.Follow(name, from)
	if err != nil {
		return err
	}
	s.forget(name)
	if answer != nil {
		answer(p)
	}
	return nil
}

// leave drops the cursor of a topic; nothing of it comes after what answer says.
func (s *stream) leave(name string, answer func()) {
	s.order.Lock()
	defer s.order.Unlock()
	s.sub.Leave(name)
	s.forget(name)
	answer()
}

// forget drops entries that were taken by a cursor that is no more. The caller holds order.
func (s *stream) forget(name string) {
	if s.left.Topic == name {
		s.left = topic.Batch{}
	}
}

// say puts a framed answer on the way, unless the stream is ending. The caller wakes the drain.
func (s *stream) say(frame func(buf []byte) []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ending {
		s.answers = frame(s.answers)
	}
}

// end lets frame be the last that is written, or what was written, if frame is nil. It reports whether the stream was not
// ending before.
func (s *stream) end(frame func(buf []byte) []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		return false
	}
	s.ending = true
	if frame != nil {
		s.answers = frame(s.answers)
	}
	s.room.Broadcast()
	return true
}

func (s *stream) isEnding() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ending
}

// waitForRoom waits while the answers that nobody takes fill their buffer.
func (s *stream) waitForRoom() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.answers) >= replyBytes && !s.ending {
		s.room.Wait()
	}
}

func (s *stream) takeAnswers(buf []byte) (_ []byte, last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	buf = append(buf, s.answers...)
	if cap(s.answers) > keptAnswers {
		s.answers = nil
	} else {
		s.answers = s.answers[:0]
	}
	s.room.Broadcast()
	return buf, s.ending
}

// keptAnswers is how much room for answers an idle session keeps.
const keptAnswers = 1 << 10
