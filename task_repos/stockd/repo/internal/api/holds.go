package api

import (
	"stockd/internal/desk"
	"stockd/internal/fault"
)

type line struct {
	SKU string `json:"sku"`
	Qty int    `json:"qty"`
}

func (a *API) hold(c *call) (int, interface{}, error) {
	in := struct {
		line
		Customer string `json:"customer"`
		TTL      int64  `json:"ttl_s"`
	}{TTL: usualTTL}
	if err := c.body(&in); err != nil {
		return 0, nil, err
	}
	made, err := a.make(in.Customer, in.TTL, []line{in.line})
	if err != nil {
		return 0, nil, err
	}
	return 201, made[0], nil
}

func (a *API) basket(c *call) (int, interface{}, error) {
	in := struct {
		Customer string `json:"customer"`
		TTL      int64  `json:"ttl_s"`
		Lines    []line `json:"lines"`
	}{TTL: usualTTL}
	if err := c.body(&in); err != nil {
		return 0, nil, err
	}
	if len(in.Lines) < 1 || len(in.Lines) > maxLines {
		return 0, nil, fault.Invalid("lines: from 1 to %d of them", maxLines)
	}
	made, err := a.make(in.Customer, in.TTL, in.Lines)
	return 201, map[string][]desk.Hold{"holds": made}, err
}

func (a *API) make(customer string, ttl int64, lines []line) ([]desk.Hold, error) {
	if err := name("customer", customer); err != nil {
		return nil, err
	}
	if err := between("ttl_s", ttl, maxTTL); err != nil {
		return nil, err
	}
	wanted := make([]desk.Line, 0, len(lines))
	for _, l := range lines {
		if err := name("sku", l.SKU); err != nil {
			return nil, err
		}
		if err := between("qty", int64(l.Qty), maxQty); err != nil {
			return nil, err
		}
		wanted = append(wanted, desk.Line{SKU: l.SKU, Qty: l.Qty})
	}
	return a.desk.Hold(customer, ttl, wanted...)
}

func (a *API) live(c *call) (int, interface{}, error) {
	sku := c.URL.Query().Get("sku")
	if err := name("sku", sku); err != nil {
		return 0, nil, err
	}
	found, err := a.desk.Live(sku)
	return 200, map[string][]desk.Hold{"holds": found}, err
}

func (a *API) find(c *call) (int, interface{}, error) {
	return answer(a.desk.Find(c.args[0]))
}

func (a *API) release(c *call) (int, interface{}, error) {
	return answer(a.desk.Release(c.args[0]))
}

func (a *API) extend(c *call) (int, interface{}, error) {
	var in struct {
		TTL int64 `json:"ttl_s"`
	}
	if err := c.body(&in); err != nil {
		return 0, nil, err
	}
	if err := between("ttl_s", in.TTL, maxTTL); err != nil {
		return 0, nil, err
	}
	return answer(a.desk.Extend(c.args[0], in.TTL))
}

func (a *API) reduce(c *call) (int, interface{}, error) {
	var in struct {
		Qty int `json:"qty"`
	}
	if err := c.body(&in); err != nil {
		return 0, nil, err
	}
	if err := between("qty", int64(in.Qty), maxQty); err != nil {
		return 0, nil, err
	}
	return answer(a.desk.Reduce(c.args[0], in.Qty))
}

func (a *API) confirm(c *call) (int, interface{}, error) {
	var in struct {
		Ref string `json:"ref"`
	}
	if err := c.body(&in); err != nil {
		return 0, nil, err
	}
	if err := name("ref", in.Ref); err != nil {
		return 0, nil, err
	}
	p, started, err := a.desk.Confirm(c.args[0], in.Ref)
	if started {
		return 202, p, err
	}
	return 200, p, err
}
