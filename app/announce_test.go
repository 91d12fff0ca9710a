package main

import (
	"encoding/json"
	"io"
	"os"
	"testing"

	"hearth/backend"
)

// printed returns what f prints.
func printed(t *testing.T, f func()) string {
	t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	stdout := os.Stdout
	os.Stdout = in
	f() // prints less than a pipe holds
	os.Stdout = stdout
	in.Close()
	text, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestATerminalIsToldWhatChangedAboutSharingAndNothingTwice(t *testing.T) {
	const on = `"on":true,"url":"http://192.168.1.5:7420","link":"http://192.168.1.5:7420/#j=s3cret"`
	person := teller{secrets: true}
	journal := teller{}
	for _, c := range []struct{ state, told, written string }{
		{`"locked":true`, "", ""},
		{on + `,"pin":"482913"`,
			"Shared with the network at http://192.168.1.5:7420\nThis code or link lets people in: http://192.168.1.5:7420/#j=s3cret\nWho opens the address without it gives the PIN 482 913\n",
			"Shared with the network at http://192.168.1.5:7420\n"},
		{on + `,"pin":"482913"`, "", ""},
		{on + `,"pin":"135790"`, "Who opens the address without it gives the PIN 135 790\n", ""},
		{on + `,"pin":""`, "No PIN is asked for: everyone on the network can come in.\n", ""},
		{on + `,"knocks":[{"id":"k1","name":"eve\u001b[2J","from":"192.168.1.21"}]`,
			"eve[2J knocks from 192.168.1.21; answer in the window, or in a browser that opened your link\n",
			"eve[2J knocks from 192.168.1.21; answer in the window, or in a browser that opened your link\n"},
		{on + `,"lamp":{"state":"joined","name":"ada","address":"192.168.1.20","time":"2026-11-24T20:00:00.000Z"}`,
			"ada joined from 192.168.1.20\n", "ada joined from 192.168.1.20\n"},
		{on + `,"lamp":{"state":"joined","name":"ada","address":"192.168.1.20","time":"2026-11-24T20:00:00.000Z"},"locked":true`,
			"The door is locked: nobody new comes in.\n", "The door is locked: nobody new comes in.\n"},
		{on, "The door is open again.\n", "The door is open again.\n"},
		{on + `,"causes":[{"level":"warn","text":"The firewall ufw keeps others from port 7420.","command":"sudo ufw allow 7420/tcp"}]`,
			"Nobody has come yet. What may be the reason:\n  warn  The firewall ufw keeps others from port 7420.\n          sudo ufw allow 7420/tcp\n",
			"Nobody has come yet. What may be the reason:\n  warn  The firewall ufw keeps others from port 7420.\n          sudo ufw allow 7420/tcp\n"},
		{`"on":true`, "Shared, but this computer has no address on a network yet.\n", "Shared, but this computer has no address on a network yet.\n"},
		{`"on":false`, "The hub is not shared with the network any more.\n", "The hub is not shared with the network any more.\n"},
	} {
		var now backend.Sharing
		if err := json.Unmarshal([]byte("{"+c.state+"}"), &now); err != nil {
			t.Fatal(err)
		}
		if got := printed(t, func() { person.tell(now) }); got != c.told {
			t.Errorf("%s: a person is told %q, want %q", c.state, got, c.told)
		}
		if got := printed(t, func() { journal.tell(now) }); got != c.written {
			t.Errorf("%s: a journal gets %q, want %q", c.state, got, c.written)
		}
	}
}
