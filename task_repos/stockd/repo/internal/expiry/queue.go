// Package expiry knows what is due when, without looking at every hold.
package expiry

import "container/heap"

// Due is one appointment: at that second somebody has to look after this hold.
type Due struct {
	At   int64
	Hold string
	SKU  string
	Qty  int

	dropped bool
}

// Queue has appointments in order of time.
type Queue struct {
	heap   dues
	byHold map[string]*Due
}

// NewQueue returns an empty queue.
func NewQueue() *Queue { return &Queue{byHold: map[string]*Due{}} }

// Push makes an appointment for a hold.
func (q *Queue) Push(d Due) {
	q.byHold[d.Hold] = &d
	heap.Push(&q.heap, &d)
}

// Drop calls a hold's appointment off. It stays in the heap until its time has come; taking it out
// of the middle is slow.
func (q *Queue) Drop(hold string) {
	if d := q.byHold[hold]; d != nil {
		d.dropped = true
		delete(q.byHold, hold)
	}
}

// Pop returns the next appointment that is due now or earlier. At one time, the order is that of the ids.
func (q *Queue) Pop(now int64) (Due, bool) {
	for len(q.heap) > 0 && q.heap[0].At <= now {
		d := heap.Pop(&q.heap).(*Due)
		if q.byHold[d.Hold] == d {
			delete(q.byHold, d.Hold)
		}
		if !d.dropped {
			return *d, true
		}
	}
	return Due{}, false
}

// Len is how many appointments there are, those called off included.
func (q *Queue) Len() int { return len(q.heap) }

type dues []*Due

func (s dues) Len() int { return len(s) }
func (s dues) Less(i, j int) bool {
	if s[i].At != s[j].At {
		return s[i].At < s[j].At
	}
	return s[i].Hold < s[j].Hold
}
func (s dues) Swap(i, j int)       { s[i], s[j] = s[j], s[i] }
func (s *dues) Push(x interface{}) { *s = append(*s, x.(*Due)) }
func (s *dues) Pop() interface{} {
	old := *s
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*s = old[:len(old)-1]
	return last
}
