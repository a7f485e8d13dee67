"""README, stacking: coupons are counted all or none, and all are given back."""


def uses(shop, *codes):
    return [shop.get(f"/coupons/{code}")["uses"] for code in codes]


def test_all_or_none(shop):
    free = shop.own_coupon("percent", percent=10, stackable=True)
    last = shop.coupon(percent=10, stackable=True, max_uses=1)
    sku = shop.own_product(1000)
    first, second = shop.cart(sku), shop.cart(sku)
    for cart in (first, second):
        shop.stack(cart, free, last)
    order = shop.order(first)
    assert uses(shop, free, last) == [1, 1]
    answer = shop.checkout(second)
    assert (answer.status, answer.json()["error"]["code"]) == (409, "coupon_exhausted")
    assert uses(shop, free, last) == [1, 1]
    assert shop.charges(second) == []
    assert shop.get(f"/products/{sku}")["stock"] == 999
    shop.ok("POST", f"/orders/{order['id']}/cancel")
    assert uses(shop, free, last) == [0, 0]
    assert shop.order(second)["discount_cents"] == 190


def test_one_that_is_over_stops_the_checkout(shop):
    good = shop.own_coupon("percent", percent=10, stackable=True)
    over = shop.coupon(percent=10, stackable=True, valid_until=shop.t0 + 50)
    cart = shop.cart(shop.product(1000))
    shop.stack(cart, good, over)
    shop.at(50)
    assert shop.checkout(cart).json()["error"]["code"] == "coupon_not_valid"
    shop.refused(409, "coupon_not_valid", "POST", f"{shop.cart()}/coupons", {"code": over})
    shop.ok("DELETE", f"{cart}/coupons/{over}")
    shop.order(cart)
    assert uses(shop, good, over) == [1, 0]
