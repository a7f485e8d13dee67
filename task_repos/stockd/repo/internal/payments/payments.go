// Package payments remembers what the payment provider was asked and what it said.
package payments

// Window is how long the provider has to answer, in seconds.
const Window = 600

// Status of a payment.
type Status string

// A payment is pending until the provider has answered, or until it has lapsed. RefundDue has been
// captured for nothing; the back office sends the money back.
const (
	Pending   Status = "pending"
	Captured  Status = "captured"
	Failed    Status = "failed"
	Lapsed    Status = "lapsed"
	RefundDue Status = "refund_due"
)

// Payment is one attempt to pay for a hold.
type Payment struct {
	ID       string
	Hold     string
	Ref      string // the shop's own name for it
	SKU      string
	Qty      int
	Status   Status
	AnswerBy int64
}

// Book has all payments.
type Book struct {
	byID  map[string]*Payment
	byRef map[string]*Payment // hold + "\x00" + ref
}

// NewBook returns an empty book.
func NewBook() *Book {
	return &Book{byID: map[string]*Payment{}, byRef: map[string]*Payment{}}
}

// Add enters a new payment.
func (b *Book) Add(p *Payment) {
	b.byID[p.ID] = p
	b.byRef[p.Hold+"\x00"+p.Ref] = p
}

// Get returns a payment, or nil.
func (b *Book) Get(id string) *Payment { return b.byID[id] }

// Find returns the payment of a hold under the shop's name for it, or nil.
func (b *Book) Find(hold, ref string) *Payment { return b.byRef[hold+"\x00"+ref] }
