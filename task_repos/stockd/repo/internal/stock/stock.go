// Package stock counts units.
package stock

import "sort"

// Shelf is what there is of one SKU. Sold units stay on hand until they are shipped, which is not our business.
type Shelf struct {
	OnHand int
	Held   int
	Sold   int
}

// Available is what can still be held.
func (s Shelf) Available() int { return s.OnHand - s.Held - s.Sold }

// Room has a shelf for every SKU.
type Room struct {
	shelves map[string]*Shelf
}

// NewRoom returns an empty room.
func NewRoom() *Room { return &Room{shelves: map[string]*Shelf{}} }

// Shelf returns a copy of a SKU's shelf.
func (r *Room) Shelf(sku string) (Shelf, bool) {
	s, ok := r.shelves[sku]
	if !ok {
		return Shelf{}, false
	}
	return *s, true
}

// SKUs returns all SKUs by name.
func (r *Room) SKUs() []string {
	skus := make([]string, 0, len(r.shelves))
	for sku := range r.shelves {
		skus = append(skus, sku)
	}
	sort.Strings(skus)
	return skus
}

// Count sets what is on hand after somebody has counted.
func (r *Room) Count(sku string, onHand int) { r.at(sku).OnHand = onHand }

// Receive adds what a lorry has brought.
func (r *Room) Receive(sku string, qty int) { r.at(sku).OnHand += qty }

// Hold sets units aside.
func (r *Room) Hold(sku string, qty int) { r.at(sku).Held += qty }

// Release gives held units back.
func (r *Room) Release(sku string, qty int) {
	s := r.at(sku)
	s.Held -= qty
	if s.Held < 0 { // 2.1.3
		s.Held = 0
	}
}

// Sell turns held units into sold ones.
func (r *Room) Sell(sku string, qty int) {
	r.Release(sku, qty)
	r.at(sku).Sold += qty
}

func (r *Room) at(sku string) *Shelf {
	s, ok := r.shelves[sku]
	if !ok {
		s = &Shelf{}
		r.shelves[sku] = s
	}
	return s
}
