"""README, stacking, Payment, Refunds, Books: stacked orders are paid, booked and undone."""


def stacked(shop, skus):
    cart = shop.cart(*skus)
    ten = shop.coupon(percent=10, stackable=True)
    amount = shop.coupon("amount", amount_cents=333, stackable=True)
    ship = shop.coupon("shipping", stackable=True, cap_cents=250)
    shop.stack(cart, ten, amount, ship)
    return cart


def test_booked_and_refunded_to_the_cent(shop):
    pen, pad = shop.product(999), shop.product(101)
    cart = stacked(shop, [(pen, 3), pad])
    order = shop.order(cart)
    total = order["total_cents"]
    assert (order["discount_cents"], order["shipping_cents"]) == (643, 249)
    assert order["payment"]["authorised_cents"] == total == 3098 - 643 + 249
    path = f"/orders/{order['id']}"
    shop.ok("POST", f"{path}/capture")
    assert shop.books(order) == {
        "card_clearing": total, "discounts": 643, "sales": -3098, "shipping": -249,
    }
    for sku in (pen, pad, pen, pen):
        last = shop.ok("POST", f"{path}/refund", {"lines": [{"sku": sku, "qty": 1}]})
    assert (last["status"], last["refunded_cents"]) == ("refunded", total)
    assert shop.books(order)["card_clearing"] == 0


def test_repeated(shop):
    cart = stacked(shop, [shop.product(1000)])
    key = shop.name("key")
    order = shop.order(cart, key)
    assert len(order["coupons"]) == 3
    shop.at(5000)
    assert shop.checkout(cart, key).json() == order
    assert len(shop.charges(cart)) == 1
