package expiry

import (
	"reflect"
	"testing"
)

func popped(q *Queue, now int64) (ids []string) {
	for {
		d, ok := q.Pop(now)
		if !ok {
			return ids
		}
		ids = append(ids, d.Hold)
	}
}

func TestOrder(t *testing.T) {
	q := NewQueue()
	for _, d := range []Due{{At: 30, Hold: "c"}, {At: 10, Hold: "b"}, {At: 10, Hold: "a"}, {At: 20, Hold: "d"}} {
		q.Push(d)
	}
	if got := popped(q, 9); got != nil {
		t.Errorf("before: %v", got)
	}
	if got := popped(q, 20); !reflect.DeepEqual(got, []string{"a", "b", "d"}) {
		t.Errorf("at 20: %v", got)
	}
	if got := popped(q, 99); !reflect.DeepEqual(got, []string{"c"}) {
		t.Errorf("at 99: %v", got)
	}
}

func TestDrop(t *testing.T) {
	q := NewQueue()
	q.Push(Due{At: 10, Hold: "a"})
	q.Push(Due{At: 10, Hold: "b"})
	q.Drop("a")
	q.Drop("nobody")
	if got := popped(q, 10); !reflect.DeepEqual(got, []string{"b"}) {
		t.Errorf("got %v", got)
	}
	if q.Len() != 0 {
		t.Errorf("%d left", q.Len())
	}
}
