"""README, Coupons: rounding, spreading, floors, windows and uses at regular prices."""


def test_percentages_round_half_up_per_line(shop):
    skus = [shop.product(cents) for cents in (1005, 1004, 995, 15)]
    cart = shop.get(shop.cart(*skus, coupon=shop.coupon(percent=10)))
    assert shop.cuts(cart) == [101, 100, 100, 2]


def test_a_percentage_is_of_the_line_not_of_the_unit(shop):
    cart = shop.get(shop.cart((shop.product(333), 3), coupon=shop.coupon(percent=15)))
    assert shop.cuts(cart) == [150]


def test_an_amount_is_spread_to_the_cent(shop):
    skus = [shop.product(cents) for cents in (1000, 1000, 1000)]
    cart = shop.get(shop.cart(*skus, coupon=shop.coupon("amount", amount_cents=500)))
    assert shop.cuts(cart) == [167, 167, 166]


def test_an_amount_takes_no_more_than_there_is(shop):
    cart = shop.get(shop.cart(shop.product(300), coupon=shop.coupon("amount", amount_cents=500)))
    assert shop.amounts(cart)["discount_cents"] == 300
    assert cart["total_cents"] == 499


def test_the_floor_is_not_made_up_elsewhere(shop):
    tight, loose = shop.product(1000, floor_cents=980), shop.product(1000)
    coupon = shop.coupon("amount", amount_cents=600)
    cart = shop.get(shop.cart((tight, 2), (loose, 1), coupon=coupon))
    assert shop.cuts(cart) == [40, 200]


def test_a_running_sale_brings_its_own_floor(shop):
    sku = shop.on_sale(8000, 6000, floor_cents=7000, sale_floor=5700)
    cart = shop.get(shop.cart((sku, 2), coupon=shop.coupon(percent=10)))
    assert cart["discount_cents"] == 600
    assert cart["total_cents"] == 11400


def test_below_the_minimum_it_stays_and_takes_nothing(shop):
    sku = shop.product(1000)
    coupon = shop.coupon(percent=10, min_subtotal_cents=2000)
    cart = shop.cart(sku, coupon=coupon)
    assert shop.get(cart)["discount_cents"] == 0
    assert shop.get(cart)["coupon"] == coupon
    assert shop.add(cart, sku)["discount_cents"] == 200


def test_validity_is_half_open_and_checked_again_at_checkout(shop):
    cart = shop.cart(shop.product(1000))
    code = shop.coupon(percent=10, valid_from=shop.t0 + 10, valid_until=shop.t0 + 20)
    body = {"code": code}
    shop.at(9)
    shop.refused(409, "coupon_not_valid", "PUT", f"{cart}/coupon", body)
    shop.at(10)
    shop.ok("PUT", f"{cart}/coupon", body)
    shop.at(20)
    assert shop.checkout(cart).json()["error"]["code"] == "coupon_not_valid"
    assert shop.charges(cart) == []


def test_uses_are_counted_and_given_back(shop):
    sku = shop.product(1000)
    code = shop.coupon(percent=10, max_uses=1)
    first, second = shop.cart(sku, coupon=code), shop.cart(sku, coupon=code)
    order = shop.order(first)
    assert shop.checkout(second).json()["error"]["code"] == "coupon_exhausted"
    shop.ok("POST", f"/orders/{order['id']}/cancel")
    assert shop.get(f"/coupons/{code}")["uses"] == 0
    assert shop.order(second)["discount_cents"] == 100
