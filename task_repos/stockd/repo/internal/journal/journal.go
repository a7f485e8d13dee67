// Package journal is the append-only file that everything is rebuilt from: one JSON object a line.
package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// Entry is one line. Which fields it has depends on Op; see desk.apply.
type Entry struct {
	At       int64  `json:"at"`
	Op       string `json:"op"`
	SKU      string `json:"sku,omitempty"`
	Qty      int    `json:"qty,omitempty"`
	Hold     string `json:"hold,omitempty"`
	Customer string `json:"customer,omitempty"`
	Until    int64  `json:"until,omitempty"`
	Payment  string `json:"payment,omitempty"`
	Ref      string `json:"ref,omitempty"`
}

// File is a journal that is open for writing.
type File struct {
	mu   sync.Mutex
	file *os.File

	gate    sync.Mutex
	moved   *sync.Cond
	stalled map[string]int // SKU -> appends that wait
}

// Open opens or makes the journal at path and hands every line in it to replay. A last line that a
// crash has cut off was never answered for, and is removed.
func Open(path string, replay func(Entry) error) (*File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	whole, err := Read(file, replay)
	if err == nil {
		err = file.Truncate(whole)
	}
	if err == nil {
		_, err = file.Seek(whole, io.SeekStart)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	f := &File{file: file, stalled: map[string]int{}}
	f.moved = sync.NewCond(&f.gate)
	return f, nil
}

// Read hands every whole line of r to replay and returns how many bytes those were.
func Read(r io.Reader, replay func(Entry) error) (whole int64, err error) {
	lines := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return whole, nil
		}
		if err != nil {
			return whole, err
		}
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return whole, fmt.Errorf("line %d: %w", n, err)
		}
		if err := replay(e); err != nil {
			return whole, fmt.Errorf("line %d: %w", n, err)
		}
		whole += int64(len(line))
	}
}

// Append writes the entries in one go: all of them are there after a crash, or none.
func (f *File) Append(entries ...Entry) error {
	var lines bytes.Buffer
	for _, e := range entries {
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		lines.Write(append(line, '\n'))
	}
	for _, e := range entries {
		f.pass(e.SKU)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err := f.file.Write(lines.Bytes())
	return err
}

// Stall makes appends for a SKU wait, as a bad disk would. For staging.
func (f *File) Stall(sku string) {
	f.gate.Lock()
	defer f.gate.Unlock()
	if _, on := f.stalled[sku]; !on {
		f.stalled[sku] = 0
	}
}

// Resume lets them go on.
func (f *File) Resume(sku string) {
	f.gate.Lock()
	defer f.gate.Unlock()
	delete(f.stalled, sku)
	f.moved.Broadcast()
}

// Stalled says which SKUs are stalled, and how many appends wait for each.
func (f *File) Stalled() map[string]int {
	f.gate.Lock()
	defer f.gate.Unlock()
	waiting := make(map[string]int, len(f.stalled))
	for sku, n := range f.stalled {
		waiting[sku] = n
	}
	return waiting
}

func (f *File) pass(sku string) {
	f.gate.Lock()
	defer f.gate.Unlock()
	if _, on := f.stalled[sku]; on {
		f.stalled[sku]++
	}
	for {
		if _, on := f.stalled[sku]; !on {
			return
		}
		f.moved.Wait()
	}
}
