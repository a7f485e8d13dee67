package desk

import (
	"stockd/internal/fault"
	"stockd/internal/holds"
	"stockd/internal/payments"
)

// Level is a SKU's figures, as clients see them.
type Level struct {
	SKU       string `json:"sku"`
	OnHand    int    `json:"on_hand"`
	Available int    `json:"available"`
	Held      int    `json:"held"`
	Sold      int    `json:"sold"`
}

// Hold is a hold, as clients see it.
type Hold struct {
	ID        string       `json:"id"`
	SKU       string       `json:"sku"`
	Qty       int          `json:"qty"`
	Customer  string       `json:"customer"`
	Status    holds.Status `json:"status"`
	ExpiresAt int64        `json:"expires_at"`
	Payment   *string      `json:"payment"`
}

// Payment is a payment, as clients see it.
type Payment struct {
	ID       string          `json:"id"`
	Hold     string          `json:"hold"`
	Ref      string          `json:"ref"`
	SKU      string          `json:"sku"`
	Qty      int             `json:"qty"`
	Status   payments.Status `json:"status"`
	AnswerBy int64           `json:"answer_by"`
}

// Snapshot is everything at once, for `stockd replay`. It does not sweep.
type Snapshot struct {
	SKUs  []Level `json:"skus"`
	Holds []Hold  `json:"holds"`
}

// Snapshot returns all figures and live holds.
func (d *Desk) Snapshot() Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	return Snapshot{SKUs: d.levels(), Holds: d.live("")}
}

func (d *Desk) level(sku string) (Level, error) {
	s, ok := d.stock.Shelf(sku)
	if !ok {
		return Level{}, fault.Unknown("sku", sku)
	}
	return Level{SKU: sku, OnHand: s.OnHand, Available: s.Available(), Held: s.Held, Sold: s.Sold}, nil
}

func (d *Desk) levels() []Level {
	all := []Level{}
	for _, sku := range d.stock.SKUs() {
		if l, err := d.level(sku); err == nil {
			all = append(all, l)
		}
	}
	return all
}

func (d *Desk) live(sku string) []Hold {
	all := []Hold{}
	for _, h := range d.holds.Of(sku) {
		all = append(all, show(h))
	}
	return all
}

func show(h *holds.Hold) Hold {
	shown := Hold{
		ID: h.ID, SKU: h.SKU, Qty: h.Qty, Customer: h.Customer, Status: h.Status, ExpiresAt: h.ExpiresAt,
	}
	if h.Payment != "" {
		payment := h.Payment
		shown.Payment = &payment
	}
	return shown
}

func showPayment(p *payments.Payment) Payment {
	return Payment{
		ID: p.ID, Hold: p.Hold, Ref: p.Ref, SKU: p.SKU, Qty: p.Qty, Status: p.Status, AnswerBy: p.AnswerBy,
	}
}
