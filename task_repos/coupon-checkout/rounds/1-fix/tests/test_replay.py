"""README, Checkout: the same key gives the same answer again, whatever has happened since."""


def test_after_the_sale(shop):
    lamp = shop.on_sale(8000, 6000, sale_floor=5700, end=300)
    cart = shop.cart(lamp, coupon=shop.coupon(percent=10))
    key = shop.name("key")
    order = shop.order(cart, key)
    for second in (400, 2000):
        shop.at(second)
        shop.browse(lamp)
        answer = shop.checkout(cart, key)
        assert answer.status == 201, answer.text
        assert answer.json() == order
    assert [charge["status"] for charge in shop.charges(cart)] == ["authorised"]


def test_after_a_new_price_and_a_new_coupon(shop):
    sku = shop.own_product(4000)
    code = shop.own_coupon("percent", percent=10)
    cart = shop.cart((sku, 2), coupon=code)
    key = shop.name("key")
    order = shop.order(cart, key, expect_total_cents=7200)
    shop.own_product(4500, sku=sku)
    shop.ok("PUT", f"/coupons/{code}", {"kind": "percent", "percent": 50})
    answer = shop.checkout(cart, key, expect_total_cents=7200)
    assert (answer.status, answer.json()) == (201, order)
    other = shop.checkout(cart, key, expect_total_cents=7201)
    assert (other.status, other.json()["error"]["code"]) == (422, "idempotency_key_reused")


def test_a_failed_try_after_the_sale_keeps_nothing(shop):
    lamp = shop.on_sale(8000, 6000, sale_floor=5700, end=300)
    code = shop.coupon(percent=10, max_uses=1)
    cart = shop.cart(lamp, coupon=code)
    shop.at(400)
    shop.browse(lamp)
    key = shop.name("key")
    assert shop.checkout(cart, key, card="tok_decline_0002").status == 402
    assert shop.get(f"/coupons/{code}")["uses"] == 0
    assert shop.order(cart, key)["total_cents"] == 5700
    assert shop.get(f"/coupons/{code}")["uses"] == 1


def test_a_retry_of_an_order_from_before_the_deployment(upgraded):
    assert upgraded["retry"].status == 201, upgraded["retry"].text
    assert upgraded["retry"].json()["id"] == 1
