package api

import (
	"stockd/internal/desk"
	"stockd/internal/fault"
)

const (
	maxQty   = 1_000_000
	maxTTL   = 86_400
	maxTime  = 1 << 40
	maxName  = 100
	maxLines = 20
	usualTTL = 900
)

func (a *API) levels(*call) (int, interface{}, error) {
	all, err := a.desk.Levels()
	return 200, map[string][]desk.Level{"skus": all}, err
}

func (a *API) level(c *call) (int, interface{}, error) {
	return answer(a.desk.Level(c.args[0]))
}

func (a *API) count(c *call) (int, interface{}, error) {
	var in struct {
		OnHand *int `json:"on_hand"`
	}
	if err := c.body(&in); err != nil {
		return 0, nil, err
	}
	if in.OnHand == nil || *in.OnHand < 0 || *in.OnHand > maxQty {
		return 0, nil, fault.Invalid("on_hand: from 0 to %d", maxQty)
	}
	if err := name("sku", c.args[0]); err != nil {
		return 0, nil, err
	}
	l, created, err := a.desk.Count(c.args[0], *in.OnHand)
	if created {
		return 201, l, err
	}
	return 200, l, err
}

func (a *API) receive(c *call) (int, interface{}, error) {
	var in struct {
		Qty int `json:"qty"`
	}
	if err := c.body(&in); err != nil {
		return 0, nil, err
	}
	if err := between("qty", int64(in.Qty), maxQty); err != nil {
		return 0, nil, err
	}
	return answer(a.desk.Receive(c.args[0], in.Qty))
}

func name(field, value string) error {
	if value == "" || len(value) > maxName {
		return fault.Invalid("%s: from 1 to %d bytes", field, maxName)
	}
	return nil
}

func between(field string, value, max int64) error {
	if value < 1 || value > max {
		return fault.Invalid("%s: from 1 to %d", field, max)
	}
	return nil
}
