// Package desk is where requests come in: it checks them, writes them down and has them done.
package desk

import (
	"fmt"
	"sync"

	"stockd/internal/clock"
	"stockd/internal/expiry"
	"stockd/internal/fault"
	"stockd/internal/holds"
	"stockd/internal/journal"
	"stockd/internal/payments"
	"stockd/internal/stock"
)

// Journal is what the desk needs of one.
type Journal interface {
	Append(...journal.Entry) error
}

// Desk does one thing at a time.
type Desk struct {
	mu       sync.Mutex
	clock    *clock.Clock
	journal  Journal
	stock    *stock.Room
	holds    *holds.Book
	queue    *expiry.Queue
	payments *payments.Book
	nholds   int
	npays    int
}

// New returns a desk with nothing on it. Apply the old lines first, then Attach the journal.
func New(c *clock.Clock) *Desk {
	return &Desk{
		clock:    c,
		stock:    stock.NewRoom(),
		holds:    holds.NewBook(),
		queue:    expiry.NewQueue(),
		payments: payments.NewBook(),
	}
}

// Attach sets where new lines are written.
func (d *Desk) Attach(j Journal) { d.journal = j }

// begin takes the desk and does what is due first. The caller unlocks.
func (d *Desk) begin() (now int64, err error) {
	d.mu.Lock()
	now = d.clock.Now()
	return now, d.sweep(now)
}

// record writes lines down, then does what they say.
func (d *Desk) record(entries ...journal.Entry) error {
	if err := d.journal.Append(entries...); err != nil {
		return err
	}
	for _, e := range entries {
		if err := d.Apply(e); err != nil {
			return err
		}
	}
	return nil
}

// SetClock stops the clock, or lets it run (0). It is written down: a stopped clock survives a restart.
func (d *Desk) SetClock(t int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.record(journal.Entry{At: d.clock.Now(), Op: "clock", Until: t})
}

// Count says how many units of a SKU are on hand; created tells whether the SKU is new.
func (d *Desk) Count(sku string, onHand int) (l Level, created bool, err error) {
	now, err := d.begin()
	defer d.mu.Unlock()
	if err != nil {
		return Level{}, false, err
	}
	_, known := d.stock.Shelf(sku)
	if err := d.record(journal.Entry{At: now, Op: "count", SKU: sku, Qty: onHand}); err != nil {
		return Level{}, false, err
	}
	l, err = d.level(sku)
	return l, !known, err
}

// Receive adds units to a SKU.
func (d *Desk) Receive(sku string, qty int) (Level, error) {
	now, err := d.begin()
	defer d.mu.Unlock()
	if err != nil {
		return Level{}, err
	}
	if _, ok := d.stock.Shelf(sku); !ok {
		return Level{}, fault.Unknown("sku", sku)
	}
	if err := d.record(journal.Entry{At: now, Op: "receive", SKU: sku, Qty: qty}); err != nil {
		return Level{}, err
	}
	return d.level(sku)
}

// Level returns the figures of a SKU.
func (d *Desk) Level(sku string) (Level, error) {
	_, err := d.begin()
	defer d.mu.Unlock()
	if err != nil {
		return Level{}, err
	}
	return d.level(sku)
}

// Levels returns the figures of all SKUs, by name.
func (d *Desk) Levels() ([]Level, error) {
	_, err := d.begin()
	defer d.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return d.levels(), nil
}

// Line is one line of a basket.
type Line struct {
	SKU string
	Qty int
}

// Hold sets units aside for ttl seconds: all lines, or none.
func (d *Desk) Hold(customer string, ttl int64, lines ...Line) ([]Hold, error) {
	now, err := d.begin()
	defer d.mu.Unlock()
	if err != nil {
		return nil, err
	}
	wanted := map[string]int{}
	entries := make([]journal.Entry, 0, len(lines))
	for i, line := range lines {
		shelf, ok := d.stock.Shelf(line.SKU)
		if !ok {
			return nil, fault.Unknown("sku", line.SKU)
		}
		wanted[line.SKU] += line.Qty
		if shelf.Available() < wanted[line.SKU] {
			return nil, fault.Conflict("out_of_stock", "not enough of %q", line.SKU)
		}
		entries = append(entries, journal.Entry{
			At: now, Op: "hold", SKU: line.SKU, Qty: line.Qty, Hold: holdID(d.nholds + 1 + i),
			Customer: customer, Until: now + ttl,
		})
	}
	if err := d.record(entries...); err != nil {
		return nil, err
	}
	made := make([]Hold, 0, len(entries))
	for _, e := range entries {
		made = append(made, show(d.holds.Get(e.Hold)))
	}
	return made, nil
}

// Find returns a hold.
func (d *Desk) Find(id string) (Hold, error) {
	_, err := d.begin()
	defer d.mu.Unlock()
	if err != nil {
		return Hold{}, err
	}
	h := d.holds.Get(id)
	if h == nil {
		return Hold{}, fault.Unknown("hold", id)
	}
	return show(h), nil
}

// Live returns a SKU's holds that have units, oldest first.
func (d *Desk) Live(sku string) ([]Hold, error) {
	_, err := d.begin()
	defer d.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if _, ok := d.stock.Shelf(sku); !ok {
		return nil, fault.Unknown("sku", sku)
	}
	return d.live(sku), nil
}

// Extend lets a hold last for ttl seconds from now, unless it lasts longer already.
func (d *Desk) Extend(id string, ttl int64) (Hold, error) {
	now, err := d.begin()
	defer d.mu.Unlock()
	if err != nil {
		return Hold{}, err
	}
	h, err := d.openHold(id)
	if err != nil {
		return Hold{}, err
	}
	if now+ttl <= h.ExpiresAt {
		return show(h), nil
	}
	return d.change(h, journal.Entry{At: now, Op: "extend", SKU: h.SKU, Hold: id, Until: now + ttl})
}

// Reduce gives some of a hold's units back and keeps qty.
func (d *Desk) Reduce(id string, qty int) (Hold, error) {
	now, err := d.begin()
	defer d.mu.Unlock()
	if err != nil {
		return Hold{}, err
	}
	h, err := d.openHold(id)
	if err != nil {
		return Hold{}, err
	}
	if qty > h.Qty {
		return Hold{}, fault.Invalid("a hold cannot grow from %d to %d", h.Qty, qty)
	}
	if qty == h.Qty {
		return show(h), nil
	}
	return d.change(h, journal.Entry{At: now, Op: "reduce", SKU: h.SKU, Hold: id, Qty: qty})
}

// Release gives a hold's units back. Doing it again changes nothing.
func (d *Desk) Release(id string) (Hold, error) {
	now, err := d.begin()
	defer d.mu.Unlock()
	if err != nil {
		return Hold{}, err
	}
	if h := d.holds.Get(id); h != nil && (h.Status == holds.Released || h.Status == holds.Expired) {
		return show(h), nil
	}
	h, err := d.openHold(id)
	if err != nil {
		return Hold{}, err
	}
	return d.change(h, journal.Entry{At: now, Op: "release", SKU: h.SKU, Hold: id, Qty: h.Qty})
}

// Confirm starts a payment for a hold. started is false if this very request was made before.
func (d *Desk) Confirm(id, ref string) (p Payment, started bool, err error) {
	now, err := d.begin()
	defer d.mu.Unlock()
	if err != nil {
		return Payment{}, false, err
	}
	if p := d.payments.Find(id, ref); p != nil {
		return showPayment(p), false, nil
	}
	h, err := d.openHold(id)
	if err != nil {
		return Payment{}, false, err
	}
	e := journal.Entry{
		At: now, Op: "confirm", SKU: h.SKU, Hold: id, Qty: h.Qty, Payment: paymentID(d.npays + 1), Ref: ref,
		Until: now + payments.Window,
	}
	if err := d.record(e); err != nil {
		return Payment{}, false, err
	}
	return showPayment(d.payments.Get(e.Payment)), true, nil
}

// Result takes the provider's answer, "captured" or "failed". The provider repeats itself.
func (d *Desk) Result(id string, answer payments.Status) (Payment, error) {
	now, err := d.begin()
	defer d.mu.Unlock()
	if err != nil {
		return Payment{}, err
	}
	p := d.payments.Get(id)
	if p == nil {
		return Payment{}, fault.Unknown("payment", id)
	}
	switch p.Status {
	case payments.Pending:
	case payments.Lapsed:
		if shelf, _ := d.stock.Shelf(p.SKU); answer == payments.Captured && shelf.Available() < p.Qty {
			answer = payments.RefundDue
		}
	case payments.RefundDue:
		if answer == payments.Captured {
			return showPayment(p), nil
		}
		fallthrough
	default:
		if answer != p.Status {
			return Payment{}, fault.Conflict("payment_settled", "payment %s is %s", id, p.Status)
		}
		return showPayment(p), nil
	}
	e := journal.Entry{At: now, Op: string(answer), SKU: p.SKU, Qty: p.Qty, Hold: p.Hold, Payment: id}
	if err := d.record(e); err != nil {
		return Payment{}, err
	}
	return showPayment(p), nil
}

// Payment returns a payment.
func (d *Desk) Payment(id string) (Payment, error) {
	_, err := d.begin()
	defer d.mu.Unlock()
	if err != nil {
		return Payment{}, err
	}
	p := d.payments.Get(id)
	if p == nil {
		return Payment{}, fault.Unknown("payment", id)
	}
	return showPayment(p), nil
}

func (d *Desk) change(h *holds.Hold, e journal.Entry) (Hold, error) {
	if err := d.record(e); err != nil {
		return Hold{}, err
	}
	return show(h), nil
}

// openHold returns a hold that is open, or why it is not.
func (d *Desk) openHold(id string) (*holds.Hold, error) {
	h := d.holds.Get(id)
	if h == nil {
		return nil, fault.Unknown("hold", id)
	}
	if h.Status != holds.Open {
		return nil, fault.Conflict("hold_"+string(h.Status), "hold %s is %s", id, h.Status)
	}
	return h, nil
}

func holdID(n int) string    { return fmt.Sprintf("h%d", n) }
func paymentID(n int) string { return fmt.Sprintf("p%d", n) }
