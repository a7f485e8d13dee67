"""Rule: an error is {"error": {"code", "message"}} with a 4xx; nothing a client sends is a 500."""

BAD = [
    ("GET", "/nowhere", None, 404, "not_found"),
    ("DELETE", "/products/x", None, 405, "method_not_allowed"),
    ("POST", "/carts", None, 400, "invalid"),
    ("POST", "/carts", [], 400, "invalid"),
    ("POST", "/carts", {"customer": 5}, 400, "invalid"),
    ("GET", "/orders/0", None, 404, "unknown_order"),
    ("POST", "/orders/0/capture", None, 404, "unknown_order"),
    ("PUT", "/coupons/X", {"kind": "gift"}, 400, "invalid"),
    ("PUT", "/coupons/X", {"kind": "percent", "percent": 91}, 400, "invalid"),
    ("PATCH", "/sales/0", {}, 404, "unknown_sale"),
    ("POST", "/debug/clock", {"now": "noon"}, 400, "invalid"),
]


def test_what_clients_get_wrong(shop):
    for method, path, body, status, code in BAD:
        shop.refused(status, code, method, path, body)


def test_what_does_not_fit(shop):
    sku = shop.name("sku")
    for wrong in (10**30, -1, True, "5", None, 1e3):
        body = {"name": "Mug", "price_cents": wrong, "stock": 1}
        shop.refused(400, "invalid", "PUT", f"/products/{sku}", body)
    shop.refused(400, "invalid", "POST", "/carts", {"customer": "\ud800"})
    assert shop.call("GET", "/carts/" + "9" * 40).status == 404


def test_in_a_cart(shop):
    cart = shop.cart(shop.product(1000))
    shop.refused(404, "unknown_coupon", "PUT", f"{cart}/coupon", {"code": "nope"})
    shop.refused(400, "invalid", "PUT", f"{cart}/coupon", {"code": 7})
    assert shop.checkout(cart, card="4242424242424242").json()["error"]["code"] == "invalid"
    assert shop.order(shop.cart(shop.product(1000)), card="tok_limitless_1111")
    assert shop.checkout(cart, expect_total_cents="10").json()["error"]["code"] == "invalid"


def test_not_json(subject):
    answer = subject.http("POST", "/carts", data="{", headers={"Content-Type": "application/json"})
    assert answer.status == 400
    assert answer.json()["error"]["code"] == "invalid"
