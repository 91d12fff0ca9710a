// Command expired puts an invite that has expired into the data folder of a hub that is not running, and prints its secret.
// The hub makes links of whole hours, which no story can wait for.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"hearth/backend/peer"
	"hearth/backend/store"
	"hearth/backend/topic"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./frontend/e2e/expired FOLDER")
		os.Exit(2)
	}
	secret, err := makeInvite(context.Background(), os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(secret)
}

// makeInvite makes an invite of the least age there is.
func makeInvite(ctx context.Context, data string) (secret string, err error) {
	file, err := store.Open(filepath.Join(data, "hearth.db"), store.Options{})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	peers, err := peer.Open(ctx, topic.New(file), peer.Options{})
	if err != nil {
		return "", err
	}
	_, secret, err = peers.NewInvite(ctx, 0, time.Nanosecond)
	return secret, err
}
