package desk

import (
	"errors"
	"reflect"
	"testing"

	"stockd/internal/clock"
	"stockd/internal/fault"
	"stockd/internal/holds"
	"stockd/internal/journal"
	"stockd/internal/payments"
)

type memory struct{ lines []journal.Entry }

func (m *memory) Append(entries ...journal.Entry) error {
	m.lines = append(m.lines, entries...)
	return nil
}

type fixture struct {
	*Desk
	*testing.T
	clock  *clock.Clock
	memory *memory
}

// open returns a desk at second 1000 with ten mugs.
func open(t *testing.T) fixture {
	c, m := &clock.Clock{}, &memory{}
	c.Stop(1000)
	f := fixture{New(c), t, c, m}
	f.Attach(m)
	_, _, err := f.Count("mug", 10)
	f.ok(err)
	return f
}

func (f fixture) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f fixture) refused(err error, code string) {
	f.Helper()
	var refusal *fault.Fault
	if !errors.As(err, &refusal) || refusal.Code != code {
		f.Errorf("got %v, want %s", err, code)
	}
}

func (f fixture) hold(qty int) Hold {
	f.Helper()
	made, err := f.Desk.Hold("ann", 900, Line{"mug", qty})
	f.ok(err)
	return made[0]
}

func (f fixture) pay(h Hold) Payment {
	f.Helper()
	p, _, err := f.Confirm(h.ID, "r-"+h.ID)
	f.ok(err)
	return p
}

func (f fixture) level(available, held, sold int) {
	f.Helper()
	l, err := f.Level("mug")
	f.ok(err)
	if l.Available != available || l.Held != held || l.Sold != sold {
		f.Errorf("got %+v, want %d available, %d held, %d sold", l, available, held, sold)
	}
}

func (f fixture) status(id string, want holds.Status) {
	f.Helper()
	h, err := f.Find(id)
	f.ok(err)
	if h.Status != want {
		f.Errorf("hold is %s, want %s", h.Status, want)
	}
}

func TestExpiry(t *testing.T) {
	f := open(t)
	h := f.hold(4)
	f.clock.Stop(1899)
	f.level(6, 4, 0)
	f.clock.Stop(1900)
	f.level(10, 0, 0)
	f.status(h.ID, holds.Expired)
	_, _, err := f.Confirm(h.ID, "late")
	f.refused(err, "hold_expired")
}

func TestExtend(t *testing.T) {
	f := open(t)
	h := f.hold(4)
	f.clock.Stop(1500)
	_, err := f.Extend(h.ID, 900)
	f.ok(err)
	f.clock.Stop(2399)
	f.level(6, 4, 0)
	f.clock.Stop(2400)
	f.level(10, 0, 0)
}

func TestReduce(t *testing.T) {
	f := open(t)
	h := f.hold(4)
	_, err := f.Reduce(h.ID, 1)
	f.ok(err)
	f.level(9, 1, 0)
	_, err = f.Reduce(h.ID, 2)
	f.refused(err, "invalid")
	_, err = f.Release(h.ID)
	f.ok(err)
	f.level(10, 0, 0)
}

func TestResult(t *testing.T) {
	for _, tt := range []struct {
		name     string
		at       int64
		answer   payments.Status
		payment  payments.Status
		hold     holds.Status
		avail    int
		holdLeft int
		sold     int
	}{
		{"captured", 1100, "captured", "captured", "sold", 6, 0, 4},
		{"captured after expiry", 2300, "captured", "captured", "sold", 6, 0, 4},
		{"failed", 1850, "failed", "failed", "open", 6, 4, 0},
		{"failed after expiry", 2300, "failed", "failed", "expired", 10, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := open(t)
			h := f.hold(4)
			f.clock.Stop(1800)
			p := f.pay(h)
			f.status(h.ID, holds.Paying)
			f.clock.Stop(tt.at)
			for i := 0; i < 2; i++ {
				p, err := f.Result(p.ID, tt.answer)
				f.ok(err)
				if p.Status != tt.payment {
					t.Errorf("payment is %s, want %s", p.Status, tt.payment)
				}
				f.status(h.ID, tt.hold)
				f.level(tt.avail, tt.holdLeft, tt.sold)
			}
		})
	}
}

func TestNoAnswer(t *testing.T) {
	f := open(t)
	h := f.hold(10)
	f.clock.Stop(1899)
	p := f.pay(h)
	f.clock.Stop(2498)
	f.status(h.ID, holds.Paying)
	f.clock.Stop(2499)
	f.status(h.ID, holds.Expired)
	f.hold(10) // somebody else was waiting
	p, err := f.Result(p.ID, payments.Captured)
	f.ok(err)
	if p.Status != payments.RefundDue {
		t.Errorf("payment is %s", p.Status)
	}
	f.level(0, 10, 0)
}

func TestConfirmTwice(t *testing.T) {
	f := open(t)
	h := f.hold(1)
	first := f.pay(h)
	again, started, err := f.Confirm(h.ID, first.Ref)
	f.ok(err)
	if started || again != first {
		t.Errorf("got %+v", again)
	}
	_, _, err = f.Confirm(h.ID, "another")
	f.refused(err, "hold_paying")
}

func TestBasketIsAllOrNothing(t *testing.T) {
	f := open(t)
	_, _, err := f.Count("jug", 1)
	f.ok(err)
	_, err = f.Desk.Hold("ann", 900, Line{"mug", 2}, Line{"jug", 1}, Line{"mug", 9})
	f.refused(err, "out_of_stock")
	f.level(10, 0, 0)
	made, err := f.Desk.Hold("ann", 900, Line{"mug", 2}, Line{"jug", 1}, Line{"mug", 8})
	f.ok(err)
	if len(made) != 3 {
		t.Errorf("got %v", made)
	}
	f.level(0, 10, 0)
}

func TestReplay(t *testing.T) {
	f := open(t)
	f.hold(1)
	paid := f.hold(2)
	_, err := f.Result(f.pay(paid).ID, payments.Captured)
	f.ok(err)
	f.pay(f.hold(3))
	f.clock.Stop(1500)
	f.level(4, 4, 2)

	again := New(&clock.Clock{})
	for _, e := range f.memory.lines {
		f.ok(again.Apply(e))
	}
	if got, want := again.Snapshot(), f.Snapshot(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
