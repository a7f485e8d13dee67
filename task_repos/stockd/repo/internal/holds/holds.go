// Package holds remembers who has set what aside, and until when.
package holds

import "sort"

// Status of a hold.
type Status string

// Open and paying holds have units; the others are history.
const (
	Open     Status = "open"
	Paying   Status = "paying"
	Sold     Status = "sold"
	Released Status = "released"
	Expired  Status = "expired"
)

// Hold is some units of a SKU for a customer.
type Hold struct {
	ID        string
	N         int // the how-manieth hold it is
	SKU       string
	Qty       int
	Customer  string
	Status    Status
	ExpiresAt int64
	AnswerBy  int64  // while paying
	Payment   string // the last one
}

// Book has all holds. Those that are over are kept apart, so that looking for the others stays quick.
type Book struct {
	open map[string]*Hold
	over map[string]*Hold
}

// NewBook returns an empty book.
func NewBook() *Book { return &Book{open: map[string]*Hold{}, over: map[string]*Hold{}} }

// Add enters a new hold.
func (b *Book) Add(h *Hold) { b.open[h.ID] = h }

// Get returns a hold, over or not, or nil.
func (b *Book) Get(id string) *Hold {
	if h := b.open[id]; h != nil {
		return h
	}
	return b.over[id]
}

// Live returns a hold that is open or paying, or nil.
func (b *Book) Live(id string) *Hold { return b.open[id] }

// Close ends a hold.
func (b *Book) Close(h *Hold, how Status) {
	h.Status = how
	delete(b.open, h.ID)
	b.over[h.ID] = h
}

// Of returns the live holds of a SKU, oldest first; of all SKUs if sku is "".
func (b *Book) Of(sku string) []*Hold {
	var found []*Hold
	for _, h := range b.open {
		if sku == "" || h.SKU == sku {
			found = append(found, h)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].N < found[j].N })
	return found
}
