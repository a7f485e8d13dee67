package api

import (
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"stockd/internal/clock"
	"stockd/internal/desk"
	"stockd/internal/journal"
)

func TestRoutes(t *testing.T) {
	c := &clock.Clock{}
	d := desk.New(c)
	j, err := journal.Open(filepath.Join(t.TempDir(), "journal"), d.Apply)
	if err != nil {
		t.Fatal(err)
	}
	d.Attach(j)
	a := New(d, j, c)
	for _, tt := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/health", "", 200, `{"status":"ok"}`},
		{"POST", "/admin/clock", `{"now": 1000}`, 200, `{"now":1000}`},
		{"PUT", "/skus/mug", `{"on_hand": 3}`, 201, `{"sku":"mug","on_hand":3,"available":3,"held":0,"sold":0`},
		{"PUT", "/skus/mug", `{"on_hand": 4}`, 200, `"on_hand":4`},
		{"PUT", "/skus/mug", `{"on_hand": -1}`, 400, `"invalid"`},
		{"PUT", "/skus/mug", `{"on_hand": 1, "colour": "red"}`, 400, `"invalid"`},
		{"POST", "/holds", `{"sku": "mug", "qty": 1, "customer": "ann"}`, 201, `"expires_at":1900,"payment":null`},
		{"POST", "/holds", `{"sku": "mug", "qty": 9, "customer": "ann"}`, 409, `"out_of_stock"`},
		{"POST", "/holds", `{"sku": "jug", "qty": 1, "customer": "ann"}`, 404, `"unknown_sku"`},
		{"POST", "/holds", `{"sku": "mug", "qty": 0, "customer": "ann"}`, 400, `"invalid"`},
		{"POST", "/holds/h1/confirm", `{"ref": "r"}`, 202, `"status":"pending","answer_by":1600`},
		{"POST", "/holds/h1/confirm", `{"ref": "r"}`, 200, `"status":"pending"`},
		{"POST", "/holds/h1/extend", `{"ttl_s": 60}`, 409, `"hold_paying"`},
		{"POST", "/payments/p1/result", `{"status": "captured"}`, 200, `"captured"`},
		{"POST", "/payments/p1/result", `{"status": "failed"}`, 409, `"payment_settled"`},
		{"GET", "/skus", "", 200, `{"skus":[{"sku":"mug","on_hand":4,"available":3,"held":0,"sold":1`},
		{"GET", "/holds?sku=mug", "", 200, `{"holds":[]}`},
		{"GET", "/holds/h2", "", 404, `"unknown_hold"`},
		{"DELETE", "/skus/mug", "", 405, `"method_not_allowed"`},
		{"GET", "/nowhere", "", 404, `"not_found"`},
	} {
		w := httptest.NewRecorder()
		a.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body)))
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s %s %s: %d %s", tt.method, tt.path, tt.body, w.Code, w.Body)
		}
	}
}
