"""README, Checkout and Payment: what the cart shows is what is charged, or nothing is charged."""


def test_in_and_after_the_hold(shop):
    lamp = shop.on_sale(8000, 6000, floor_cents=7700, sale_floor=5900, end=300)
    pen = shop.product(1005)
    coupon = shop.coupon(percent=10)
    for second, total in ((500, 5900 + 905 - 1), (950, 7700 + 904)):
        shop.at(0)
        cart = shop.cart(lamp, pen, coupon=coupon)
        shop.at(second)
        shop.browse(lamp)
        shown = shop.get(cart)
        assert shown["total_cents"] == total
        order = shop.order(cart, expect_total_cents=total)
        assert shop.amounts(order) == shop.amounts(shown)
        assert order["payment"]["authorised_cents"] == total
        assert shop.amounts(shop.get(cart)) == shop.amounts(shown)


def test_a_hold_that_ran_out_is_a_changed_price(shop):
    lamp = shop.on_sale(8000, 6000, end=300)
    cart = shop.cart(lamp, coupon=shop.coupon(percent=10))
    shop.at(900)
    shop.browse(lamp)
    answer = shop.checkout(cart, expect_total_cents=5400)
    assert answer.status == 409, answer.text
    assert answer.json()["error"]["code"] == "price_changed"
    assert answer.json()["error"]["details"]["total_cents"] == 7200
    assert shop.charges(cart) == []
    assert shop.order(cart, expect_total_cents=7200)["total_cents"] == 7200


def test_a_lost_answer_then_the_hold_runs_out(shop):
    lamp = shop.on_sale(8000, 6000, sale_floor=5700, end=300)
    cart = shop.cart(lamp, coupon=shop.coupon(percent=10))
    key = shop.name("key")
    shop.at(400)
    shop.browse(lamp)
    assert shop.checkout(cart, key, card="tok_slow_0003").status == 503
    shop.at(1000)
    order = shop.order(cart, key)
    assert order["total_cents"] == 7200
    assert [(charge["status"], charge["amount_cents"]) for charge in shop.charges(cart)] == [
        ("voided", 5700), ("authorised", 7200),
    ]
