"""Rule: every amount in every answer is a whole number of cents, never a float."""


def numbers(value, name=""):
    """Every (key, number) in a JSON document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from numbers(inner, name)
    elif not isinstance(value, (str, bool)):
        yield name, value


def test_no_amount_is_a_float(shop):
    sku = shop.on_sale(3333, 1111, sale_floor=10)
    coupon = shop.coupon(percent=33)
    cart = shop.cart((sku, 3), shop.product(777), coupon=coupon)
    shown = shop.get(cart)
    order = shop.order(cart)
    path = f"/orders/{order['id']}"
    shop.ok("POST", f"{path}/capture")
    refunded = shop.ok("POST", f"{path}/refund", {"lines": [{"sku": sku, "qty": 1}]})
    documents = [
        shown, order, refunded, shop.get(f"/products/{sku}"), shop.get(f"/coupons/{coupon}"),
        shop.get(f"/ledger/orders/{order['id']}"), shop.get("/ledger/balance"), shop.charges(cart),
    ]
    audit = shop.call("GET", f"{path}/audit")
    if audit.status == 200:
        documents.append(audit.json())
    found = [pair for document in documents for pair in numbers(document)]
    assert len(found) > 40
    assert [pair for pair in found if isinstance(pair[1], float)] == []
    amounts = [pair for pair in found if pair[0].endswith("_cents")]
    assert [pair for pair in amounts if type(pair[1]) not in (int, type(None))] == []


def test_half_a_cent_goes_up(shop):
    lines = [shop.product(1015), shop.product(1025)]
    cart = shop.get(shop.cart(*lines, coupon=shop.coupon(percent=10)))
    assert shop.cuts(cart) == [102, 103]


def test_fractions_are_refused(shop):
    body = {"name": "Mug", "price_cents": 12.5, "stock": 5}
    shop.refused(400, "invalid", "PUT", f"/products/{shop.name('sku')}", body)
