// Command stockd keeps the stock of a shop: what is on hand, what is held, what is sold.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"

	"stockd/internal/api"
	"stockd/internal/clock"
	"stockd/internal/desk"
	"stockd/internal/journal"
)

const usage = "usage: stockd serve [-addr HOST:PORT] [-data DIR] | stockd replay FILE"

func main() {
	log.SetFlags(0)
	if err := run(os.Args[1:]); err != nil {
		log.Fatal("stockd: ", err)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	switch args[0] {
	case "serve":
		return serve(args[1:])
	case "replay":
		return replay(args[1:])
	}
	return fmt.Errorf("no command %q; %s", args[0], usage)
}

func serve(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:8080", "where to listen")
	data := flags.String("data", "data", "folder of the journal")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := os.MkdirAll(*data, 0o755); err != nil {
		return err
	}
	c := &clock.Clock{}
	d := desk.New(c)
	j, err := journal.Open(filepath.Join(*data, "journal"), d.Apply)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	d.Attach(j)
	log.Printf("listening on %s", *addr)
	return http.ListenAndServe(*addr, api.New(d, j, c))
}

// replay prints what a journal amounts to. The file is only read.
func replay(args []string) error {
	if len(args) != 1 {
		return errors.New(usage)
	}
	file, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer file.Close()
	d := desk.New(&clock.Clock{})
	if _, err := journal.Read(file, d.Apply); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(d.Snapshot())
}
