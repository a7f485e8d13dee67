package desk

import (
	"fmt"

	"stockd/internal/expiry"
	"stockd/internal/holds"
	"stockd/internal/journal"
	"stockd/internal/payments"
)

// Apply does what a line of the journal says, now or after a restart.
func (d *Desk) Apply(e journal.Entry) error {
	switch e.Op {
	case "clock":
		d.clock.Stop(e.Until)
	case "count":
		d.stock.Count(e.SKU, e.Qty)
	case "receive":
		d.stock.Receive(e.SKU, e.Qty)
	case "hold":
		d.nholds++
		d.stock.Hold(e.SKU, e.Qty)
		d.holds.Add(&holds.Hold{
			ID: e.Hold, N: d.nholds, SKU: e.SKU, Qty: e.Qty, Customer: e.Customer, Status: holds.Open, ExpiresAt: e.Until,
		})
		d.queue.Push(expiry.Due{At: e.Until, Hold: e.Hold, SKU: e.SKU, Qty: e.Qty})
	case "extend", "reduce", "release", "confirm":
		h := d.holds.Live(e.Hold)
		if h == nil {
			return fmt.Errorf("%s of %s, which is not open", e.Op, e.Hold)
		}
		d.applyToHold(h, e)
	case "expired":
		// Not only for live holds: see 2.1.2.
		d.stock.Release(e.SKU, e.Qty)
		d.queue.Drop(e.Hold)
		if h := d.holds.Live(e.Hold); h != nil {
			d.holds.Close(h, holds.Expired)
		}
	case "captured", "failed", "lapsed", "refund_due":
		p := d.payments.Get(e.Payment)
		if p == nil {
			return fmt.Errorf("%s of %s, which was never started", e.Op, e.Payment)
		}
		d.applyToPayment(p, e)
	default:
		return fmt.Errorf("unknown op %q", e.Op)
	}
	return nil
}

func (d *Desk) applyToHold(h *holds.Hold, e journal.Entry) {
	switch e.Op {
	case "extend":
		h.ExpiresAt = e.Until
		d.queue.Push(expiry.Due{At: e.Until, Hold: h.ID, SKU: h.SKU, Qty: h.Qty})
	case "reduce":
		d.stock.Release(h.SKU, h.Qty-e.Qty)
		h.Qty = e.Qty
	case "release":
		d.stock.Release(h.SKU, h.Qty)
		d.queue.Drop(h.ID)
		d.holds.Close(h, holds.Released)
	case "confirm":
		d.npays++
		d.payments.Add(&payments.Payment{
			ID: e.Payment, Hold: h.ID, Ref: e.Ref, SKU: e.SKU, Qty: e.Qty, Status: payments.Pending, AnswerBy: e.Until,
		})
		h.Status, h.Payment, h.AnswerBy = holds.Paying, e.Payment, e.Until
		d.queue.Drop(h.ID)
		d.queue.Push(expiry.Due{At: e.Until, Hold: h.ID, SKU: h.SKU, Qty: h.Qty})
	}
}

func (d *Desk) applyToPayment(p *payments.Payment, e journal.Entry) {
	was := p.Status
	p.Status = payments.Status(e.Op)
	h := d.holds.Live(p.Hold)
	switch p.Status {
	case payments.Captured:
		d.stock.Sell(p.SKU, p.Qty)
		if h != nil {
			d.queue.Drop(h.ID)
			d.holds.Close(h, holds.Sold)
		}
	case payments.Failed, payments.Lapsed:
		if h != nil && was == payments.Pending {
			h.Status = holds.Open
			d.queue.Drop(h.ID)
			d.queue.Push(expiry.Due{At: h.ExpiresAt, Hold: h.ID, SKU: h.SKU, Qty: h.Qty})
		}
	}
}
