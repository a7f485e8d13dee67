package desk

import (
	"stockd/internal/holds"
	"stockd/internal/journal"
)

// sweep does everything that is due: holds that have run out, payments that nobody has answered.
func (d *Desk) sweep(now int64) error {
	for {
		due, ok := d.queue.Pop(now)
		if !ok {
			return nil
		}
		e := journal.Entry{At: now, Op: "expired", SKU: due.SKU, Hold: due.Hold, Qty: due.Qty}
		if h := d.holds.Live(due.Hold); h != nil {
			if h.Status == holds.Paying {
				if h.AnswerBy > now {
					continue
				}
				e.Op, e.Payment = "lapsed", h.Payment
			} else if h.ExpiresAt > now {
				continue // extended
			}
		}
		if err := d.record(e); err != nil {
			return err
		}
	}
}
