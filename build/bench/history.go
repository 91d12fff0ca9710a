package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"hearth/backend/chat"
	"hearth/backend/peer"
	"hearth/backend/store"
	"hearth/backend/topic"
)

const (
	longRoom  = "long"
	storeFile = "hearth.db" // of a data folder
	pageOf    = 50          // messages
)

// measureHistory fills a room, without a hub, and looks how long its first page and a hub's start take.
func measureHistory(ctx context.Context, b *bench) {
	name := fmt.Sprintf("a room with %d messages", b.history)
	data, err := os.MkdirTemp("", "hearth-bench-history-")
	if err == nil {
		defer os.RemoveAll(data)
		err = fill(ctx, filepath.Join(data, storeFile), b.history)
	}
	if err != nil {
		b.show(figure{name: name, target: noTarget(milliseconds), how: "filled through the store", err: err})
		return
	}
	b.showStart(ctx, "headless start to accepting, "+name, launch{data: data})
	b.showPages(ctx, name, filepath.Join(data, storeFile))
	b.showAsked(ctx, name, data)
}

// fill makes a store with one room of n messages, as members post them.
func fill(ctx context.Context, path string, n int) error {
	file, err := store.Open(path, store.Options{})
	if err != nil {
		return err
	}
	topics := topic.New(file)
	defer topics.Close()
	room, err := topics.Open(ctx, "room/"+longRoom, topic.Retention{Durable: true})
	if err != nil {
		return err
	}
	return share(ctx, room, 1000, n, messageAt) // 1000 share a commit
}

// messageAt returns the i-th message as a member posts it.
func messageAt(i int) (topic.Draft, error) {
	id := fmt.Sprintf("%010d", i)
	data, err := json.Marshal(chat.Message{
		From: peer.Face{ID: "k3v9q2mx7rbt", Name: "bench", Tag: "K3QX", Hue: 176}, Text: fmt.Sprintf("%0*d", textBytes, i), ClientID: id,
	})
	return topic.Draft{Kind: chat.KindMessage, Data: data, ClientID: "k3v9q2mx7rbt/" + id}, err
}

// showPages reads the newest page as the hub does it, inside this process: a request over HTTP takes many times as long.
func (b *bench) showPages(ctx context.Context, name, path string) {
	cold := figure{name: "first page of " + name + ", cold", target: atMost(1, milliseconds), how: fmt.Sprintf(
		"opening the room's topic and its newest %d messages with their envelopes, in the bench's own process; before each the file leaves the system's cache", pageOf)}
	warm := figure{name: "first page of " + name + ", warm", target: atMost(20, microseconds), how: "the same page again, a thousand times; medians"}
	for range b.repeats {
		first, again, err := readPages(ctx, path)
		if err != nil {
			cold.err = err
			break
		}
		cold.values, warm.values = append(cold.values, inMilliseconds(first)), append(warm.values, 1e3*inMilliseconds(again))
	}
	b.show(cold, warm)
}

func readPages(ctx context.Context, path string) (first, again time.Duration, err error) {
	if err := forgetFile(path); err != nil {
		return 0, 0, err
	}
	file, err := store.Open(path, store.Options{})
	if err != nil {
		return 0, 0, err
	}
	topics := topic.New(file)
	defer topics.Close()
	if first, err = readPage(ctx, topics); err != nil {
		return 0, 0, err
	}
	all := make([]time.Duration, 1000)
	for i := range all {
		if all[i], err = readPage(ctx, topics); err != nil {
			return 0, 0, err
		}
	}
	return first, median(all), nil
}

func readPage(ctx context.Context, topics *topic.Topics) (time.Duration, error) {
	begun := time.Now()
	room, err := topics.Open(ctx, "room/"+longRoom, topic.Retention{Durable: true})
	if err != nil {
		return 0, err
	}
	page, err := room.Before(ctx, room.Position().Seq+1, pageOf, chat.KindMessage)
	took := time.Since(begun)
	if err == nil && len(page) != pageOf {
		err = fmt.Errorf("a page has %d messages", len(page))
	}
	return took, err
}

// showAsked asks a hub for the page.
func (b *bench) showAsked(ctx context.Context, name, data string) {
	cold := figure{name: "the same page over HTTP, cold", target: noTarget(milliseconds),
		how: "the first request to a hub that was started after the file left the system's cache"}
	warm := figure{name: "the same page over HTTP, warm", target: noTarget(milliseconds), how: "500 requests on one connection; medians"}
	for range b.repeats {
		first, again, err := b.askPages(ctx, data)
		if err != nil {
			cold.err = err
			break
		}
		cold.values, warm.values = append(cold.values, inMilliseconds(first)), append(warm.values, inMilliseconds(again))
	}
	b.show(cold, warm)
}

func (b *bench) askPages(ctx context.Context, data string) (first, again time.Duration, err error) {
	if err := forgetFile(filepath.Join(data, storeFile)); err != nil {
		return 0, 0, err
	}
	h, err := startHub(ctx, b, launch{data: data})
	if err != nil {
		return 0, 0, err
	}
	defer h.stop()
	if first, err = h.askPage(ctx); err != nil {
		return 0, 0, err
	}
	all := make([]time.Duration, 500)
	for i := range all {
		if all[i], err = h.askPage(ctx); err != nil {
			return 0, 0, err
		}
	}
	return first, median(all), nil
}

func (p *process) askPage(ctx context.Context) (time.Duration, error) {
	url := fmt.Sprintf("http://%s/api/rooms/%s/messages?limit=%d", p.addr, longRoom, pageOf)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return 0, err
	}
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("GET %s: %s", url, response.Status)
	}
	return time.Since(begun), nil
}
