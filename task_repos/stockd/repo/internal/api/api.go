// Package api speaks HTTP and JSON.
package api

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"strings"

	"stockd/internal/clock"
	"stockd/internal/desk"
	"stockd/internal/fault"
	"stockd/internal/journal"
	"stockd/internal/payments"
)

const maxBody = 64 << 10

// API answers requests.
type API struct {
	desk    *desk.Desk
	journal *journal.File
	clock   *clock.Clock
	routes  []route
}

// handler answers with a status and a JSON document, or refuses.
type handler func(c *call) (int, interface{}, error)

// route: a segment of the pattern that is "*" matches anything and becomes an argument.
type route struct {
	method  string
	pattern []string
	handle  handler
}

// call is one request.
type call struct {
	*http.Request
	args []string
}

// New returns the whole API.
func New(d *desk.Desk, j *journal.File, c *clock.Clock) *API {
	a := &API{desk: d, journal: j, clock: c}
	a.on("GET /health", a.health)
	a.on("GET /skus", a.levels)
	a.on("GET /skus/*", a.level)
	a.on("PUT /skus/*", a.count)
	a.on("POST /skus/*/receive", a.receive)
	a.on("GET /holds", a.live)
	a.on("POST /holds", a.hold)
	a.on("POST /baskets", a.basket)
	a.on("GET /holds/*", a.find)
	a.on("DELETE /holds/*", a.release)
	a.on("POST /holds/*/extend", a.extend)
	a.on("POST /holds/*/reduce", a.reduce)
	a.on("POST /holds/*/confirm", a.confirm)
	a.on("GET /payments/*", a.payment)
	a.on("POST /payments/*/result", a.result)
	a.on("GET /admin/clock", a.now)
	a.on("POST /admin/clock", a.setClock)
	a.on("GET /admin/stall", a.stalled)
	a.on("PUT /admin/stall/*", a.stall)
	a.on("DELETE /admin/stall/*", a.resume)
	return a
}

func (a *API) on(what string, h handler) {
	method, path, _ := strings.Cut(what, " ")
	a.routes = append(a.routes, route{method, strings.Split(path, "/"), h})
}

// ServeHTTP finds the route and writes what it says.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, doc, err := a.serve(w, r)
	if err != nil {
		var f *fault.Fault
		if !errors.As(err, &f) {
			log.Printf("%s %s: %v", r.Method, r.URL.Path, err)
			f = &fault.Fault{Status: 500, Code: "internal", Message: "something broke"}
		}
		status = f.Status
		doc = map[string]interface{}{"error": map[string]string{"code": f.Code, "message": f.Message}}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(doc)
}

func (a *API) serve(w http.ResponseWriter, r *http.Request) (int, interface{}, error) {
	segments := strings.Split(r.URL.Path, "/")
	known := false
	for _, route := range a.routes {
		args, ok := match(route.pattern, segments)
		if !ok {
			continue
		}
		known = true
		if route.method == r.Method {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			return route.handle(&call{r, args})
		}
	}
	if known {
		return 0, nil, &fault.Fault{Status: 405, Code: "method_not_allowed", Message: "not with " + r.Method}
	}
	return 0, nil, &fault.Fault{Status: 404, Code: "not_found", Message: "no such route"}
}

func match(pattern, segments []string) (args []string, ok bool) {
	if len(pattern) != len(segments) {
		return nil, false
	}
	for i, want := range pattern {
		switch {
		case want == "*" && segments[i] != "":
			args = append(args, segments[i])
		case want != segments[i]:
			return nil, false
		}
	}
	return args, true
}

// body reads a JSON object with known fields only.
func (c *call) body(into interface{}) error {
	d := json.NewDecoder(c.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fault.Invalid("the body: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fault.Invalid("the body: more than one JSON document")
	}
	return nil
}

func (a *API) health(*call) (int, interface{}, error) {
	return 200, map[string]string{"status": "ok"}, nil
}

func (a *API) now(*call) (int, interface{}, error) {
	return 200, map[string]int64{"now": a.clock.Now()}, nil
}

func (a *API) setClock(c *call) (int, interface{}, error) {
	var in struct {
		Now *int64 `json:"now"`
	}
	if err := c.body(&in); err != nil {
		return 0, nil, err
	}
	var t int64
	if in.Now != nil {
		if t = *in.Now; t < 1 || t > maxTime {
			return 0, nil, fault.Invalid("now: from 1 to %d", int64(maxTime))
		}
	}
	if err := a.desk.SetClock(t); err != nil {
		return 0, nil, err
	}
	return a.now(c)
}

func (a *API) stalled(*call) (int, interface{}, error) {
	return 200, map[string]interface{}{"stalled": a.journal.Stalled()}, nil
}

func (a *API) stall(c *call) (int, interface{}, error) {
	a.journal.Stall(c.args[0])
	return a.stalled(c)
}

func (a *API) resume(c *call) (int, interface{}, error) {
	a.journal.Resume(c.args[0])
	return a.stalled(c)
}

func (a *API) payment(c *call) (int, interface{}, error) {
	return answer(a.desk.Payment(c.args[0]))
}

func (a *API) result(c *call) (int, interface{}, error) {
	var in struct {
		Status payments.Status `json:"status"`
	}
	if err := c.body(&in); err != nil {
		return 0, nil, err
	}
	if in.Status != payments.Captured && in.Status != payments.Failed {
		return 0, nil, fault.Invalid("status: captured or failed")
	}
	return answer(a.desk.Result(c.args[0], in.Status))
}

func answer[T any](doc T, err error) (int, interface{}, error) { return 200, doc, err }
