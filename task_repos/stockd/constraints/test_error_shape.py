"""Rule: an error is {"error": {"code", "message"}} with a 4xx; nothing a client sends is a 500."""

BAD = [
    ("GET", "/nowhere", None, 404, "not_found"),
    ("PATCH", "/skus/x", {}, 405, "method_not_allowed"),
    ("PUT", "/skus/x", None, 400, "invalid"),
    ("PUT", "/skus/x", [], 400, "invalid"),
    ("PUT", "/skus/x", {}, 400, "invalid"),
    ("POST", "/holds", {"sku": 5, "qty": 1, "customer": "c"}, 400, "invalid"),
    ("POST", "/holds", {"sku": "x", "qty": 1, "customer": ""}, 400, "invalid"),
    ("POST", "/holds", {"sku": "x", "qty": 1, "customer": "c", "ttl_s": 86401}, 400, "invalid"),
    ("POST", "/baskets", {"customer": "c", "lines": {}}, 400, "invalid"),
    ("GET", "/holds/h0", None, 404, "unknown_hold"),
    ("POST", "/holds/0/extend", {"ttl_s": 1}, 404, "unknown_hold"),
    ("POST", "/holds/%C3%BC/confirm", {"ref": "r"}, 404, "unknown_hold"),
    ("GET", "/payments/p0", None, 404, "unknown_payment"),
    ("POST", "/payments/p0/result", {"status": "captured"}, 404, "unknown_payment"),
    ("POST", "/payments/p0/result", {"status": "lapsed"}, 400, "invalid"),
    ("POST", "/admin/clock", {"now": "noon"}, 400, "invalid"),
]


def test_what_clients_get_wrong(shop):
    for method, path, body, status, code in BAD:
        shop.refused(status, code, method, path, body)


def test_what_does_not_fit(shop):
    sku = shop.sku(5)
    for wrong in (10**30, -1, 0, 1_000_001, True, "5", 1.5):
        shop.refused(400, "invalid", "POST", "/holds", {"sku": sku, "qty": wrong, "customer": "c"})
    for wrong in (10**30, -1, 1_000_001, True, "5", 1.5, None):
        shop.refused(400, "invalid", "PUT", f"/skus/{sku}", {"on_hand": wrong})
    assert shop.figures(sku) == (5, 0, 0)


def test_not_json(subject):
    for text in ("{", "", "\u0000", '{"now": tomorrow}'):
        answer = subject.http("POST", "/admin/clock", data=text, headers={"Content-Type": "application/json"})
        assert answer.status == 400, answer
        assert answer.json()["error"]["code"] == "invalid"
