package stock

import "testing"

func TestShelf(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(*Room)
		want Shelf
	}{
		{"counted", func(r *Room) {}, Shelf{OnHand: 10}},
		{"counted again", func(r *Room) { r.Count("mug", 4) }, Shelf{OnHand: 4}},
		{"received", func(r *Room) { r.Receive("mug", 5) }, Shelf{OnHand: 15}},
		{"held", func(r *Room) { r.Hold("mug", 3) }, Shelf{OnHand: 10, Held: 3}},
		{"released", func(r *Room) { r.Hold("mug", 3); r.Release("mug", 2) }, Shelf{OnHand: 10, Held: 1}},
		{"sold", func(r *Room) { r.Hold("mug", 3); r.Sell("mug", 3) }, Shelf{OnHand: 10, Sold: 3}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := NewRoom()
			r.Count("mug", 10)
			tt.do(r)
			if got, _ := r.Shelf("mug"); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestAvailable(t *testing.T) {
	if got := (Shelf{OnHand: 10, Held: 3, Sold: 2}).Available(); got != 5 {
		t.Errorf("got %d, want 5", got)
	}
}
