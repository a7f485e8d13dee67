"""README, Refunds and Books: an order at a held price is booked and refunded as it was paid."""


def test_captured_and_refunded_unit_by_unit(shop):
    lamp = shop.on_sale(1000, 800, floor_cents=900, sale_floor=733, end=300)
    pen = shop.product(101)
    cart = shop.cart((lamp, 3), pen, coupon=shop.coupon(percent=10))
    shop.at(400)
    shop.browse(lamp)
    order = shop.order(cart)
    assert shop.cuts(order) == [201, 10]
    path = f"/orders/{order['id']}"
    shop.ok("POST", f"{path}/capture")
    assert shop.books(order) == {
        "card_clearing": 2290 + 499, "discounts": 211, "sales": -2501, "shipping": -499,
    }
    given = [
        shop.ok("POST", f"{path}/refund", {"lines": [{"sku": sku, "qty": 1}]})["refunded_cents"]
        for sku in (lamp, lamp, pen, lamp)
    ]
    assert given == [733, 1466, 1557, 2290 + 499]
    assert shop.books(order)["card_clearing"] == 0


def test_cancelled(shop):
    lamp = shop.on_sale(8000, 6000, end=300)
    code = shop.coupon(percent=10, max_uses=1)
    cart = shop.cart(lamp, coupon=code)
    shop.at(400)
    shop.browse(lamp)
    order = shop.order(cart)
    cancelled = shop.ok("POST", f"/orders/{order['id']}/cancel")
    assert cancelled["payment"]["status"] == "voided"
    assert shop.get(f"/coupons/{code}")["uses"] == 0
    assert shop.books(order) == {}
