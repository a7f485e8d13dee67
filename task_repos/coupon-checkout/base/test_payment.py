"""README, Payment: one open authorisation of exactly the total; capture, void, decline."""


def test_authorised_for_exactly_the_total(shop):
    cart = shop.cart((shop.product(333), 3), coupon=shop.coupon(percent=15))
    shown = shop.amounts(shop.get(cart))
    order = shop.order(cart)
    assert shop.amounts(order) == shown
    assert order["payment"] == {
        "status": "authorised", "card_last4": "4242", "authorised_cents": order["total_cents"],
        "captured_cents": 0, "refunded_cents": 0,
    }
    (charge,) = shop.charges(cart)
    assert (charge["status"], charge["amount_cents"]) == ("authorised", order["total_cents"])


def test_capture_takes_it_once(shop):
    order = shop.order(shop.cart(shop.product(1000)))
    path = f"/orders/{order['id']}"
    first = shop.ok("POST", f"{path}/capture")
    assert first["status"] == "captured"
    assert first["payment"]["captured_cents"] == order["total_cents"]
    assert shop.ok("POST", f"{path}/capture") == first
    shop.refused(409, "not_cancellable", "POST", f"{path}/cancel")


def test_cancel_lets_go_of_money_and_stock(shop):
    sku = shop.own_product(1000, stock=2)
    cart = shop.cart((sku, 2))
    order = shop.order(cart)
    assert shop.get(f"/products/{sku}")["stock"] == 0
    cancelled = shop.ok("POST", f"/orders/{order['id']}/cancel")
    assert (cancelled["status"], cancelled["payment"]["status"]) == ("cancelled", "voided")
    assert shop.get(f"/products/{sku}")["stock"] == 2
    shop.refused(409, "not_capturable", "POST", f"/orders/{order['id']}/capture")


def test_a_declined_card_changes_nothing(shop):
    sku = shop.own_product(1000, stock=1)
    code = shop.coupon(percent=10, max_uses=1)
    cart = shop.cart(sku, coupon=code)
    key = shop.name("key")
    declined = shop.checkout(cart, key, card="tok_limit1000_0005")
    assert (declined.status, declined.json()["error"]["code"]) == (402, "card_declined")
    assert shop.get(f"/products/{sku}")["stock"] == 1
    assert shop.get(f"/coupons/{code}")["uses"] == 0
    assert shop.order(cart, key)["status"] == "authorised"


def test_a_lost_answer_is_picked_up(shop):
    cart = shop.cart(shop.product(1000))
    key = shop.name("key")
    lost = shop.checkout(cart, key, card="tok_slow_0003")
    assert (lost.status, lost.json()["error"]["code"]) == (503, "provider_unavailable")
    order = shop.order(cart, key, card="tok_slow_0003")
    (charge,) = shop.charges(cart)
    assert charge["amount_cents"] == order["total_cents"]


def test_a_lost_answer_for_another_amount_is_voided(shop):
    sku = shop.product(1000)
    cart = shop.cart(sku)
    assert shop.checkout(cart, card="tok_slow_0003").status == 503
    shop.add(cart, sku)
    order = shop.order(cart)
    states = [(charge["status"], charge["amount_cents"]) for charge in shop.charges(cart)]
    assert states == [("voided", 1499), ("authorised", order["total_cents"])]


def test_an_unexpected_total_charges_nothing(shop):
    cart = shop.cart(shop.product(1000))
    answer = shop.checkout(cart, expect_total_cents=1000)
    assert answer.status == 409
    assert answer.json()["error"]["code"] == "price_changed"
    assert answer.json()["error"]["details"]["total_cents"] == 1499
    assert shop.charges(cart) == []
    assert shop.order(cart, expect_total_cents=1499)["total_cents"] == 1499
