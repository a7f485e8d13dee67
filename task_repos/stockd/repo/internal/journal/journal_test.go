package journal

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func reopened(t *testing.T, path string) (*File, []Entry) {
	t.Helper()
	var seen []Entry
	f, err := Open(path, func(e Entry) error { seen = append(seen, e); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return f, seen
}

func TestWhatWasAppendedIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	f, seen := reopened(t, path)
	if seen != nil {
		t.Fatalf("new journal has %v", seen)
	}
	want := []Entry{{At: 1, Op: "count", SKU: "mug", Qty: 5}, {At: 2, Op: "hold", SKU: "mug", Qty: 1, Hold: "h1", Until: 9}}
	if err := f.Append(want...); err != nil {
		t.Fatal(err)
	}
	if _, seen = reopened(t, path); !reflect.DeepEqual(seen, want) {
		t.Errorf("got %v, want %v", seen, want)
	}
}

func TestATornLineIsDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	torn := `{"at":1,"op":"count","sku":"mug","qty":5}` + "\n" + `{"at":2,"op":"rec`
	if err := os.WriteFile(path, []byte(torn), 0o644); err != nil {
		t.Fatal(err)
	}
	f, seen := reopened(t, path)
	if len(seen) != 1 {
		t.Fatalf("got %v", seen)
	}
	if err := f.Append(Entry{At: 3, Op: "receive", SKU: "mug", Qty: 1}); err != nil {
		t.Fatal(err)
	}
	if _, seen = reopened(t, path); len(seen) != 2 || seen[1].At != 3 {
		t.Errorf("got %v", seen)
	}
}

func TestStall(t *testing.T) {
	f, _ := reopened(t, filepath.Join(t.TempDir(), "journal"))
	f.Stall("mug")
	if err := f.Append(Entry{Op: "count", SKU: "jug"}); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- f.Append(Entry{Op: "count", SKU: "mug"}) }()
	select {
	case <-done:
		t.Fatal("a stalled append went through")
	default:
	}
	f.Resume("mug")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if left := f.Stalled(); len(left) != 0 {
		t.Errorf("still stalled: %v", left)
	}
}
