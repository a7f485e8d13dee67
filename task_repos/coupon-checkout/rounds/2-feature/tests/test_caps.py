"""README, stacking: a cap is per order, spread by what was wanted, and comes before the floor."""


def test_spread_by_what_it_wanted_of_each_line(shop):
    coupon = shop.coupon(percent=50, cap_cents=500)
    cart = shop.cart(shop.product(1000), shop.product(2000), shop.product(1000), coupon=coupon)
    assert shop.cuts(shop.get(cart)) == [125, 250, 125]


def test_cents_left_over_go_to_the_largest_remainder(shop):
    coupon = shop.coupon(percent=50, cap_cents=100)
    lines = [shop.product(600), shop.product(600), shop.product(600)]
    assert shop.cuts(shop.get(shop.cart(*lines, coupon=coupon))) == [34, 33, 33]
    lines = [shop.product(200), shop.product(700), shop.product(200)]
    assert shop.cuts(shop.get(shop.cart(*lines, coupon=coupon))) == [18, 64, 18]


def test_the_floor_comes_after_the_cap(shop):
    coupon = shop.coupon(percent=50, cap_cents=1000)
    tight, loose = shop.product(1000, floor_cents=900), shop.product(3000)
    assert shop.cuts(shop.get(shop.cart(tight, loose, coupon=coupon))) == [100, 750]


def test_a_cap_that_is_not_reached(shop):
    coupon = shop.coupon(percent=10, cap_cents=300)
    cart = shop.cart((shop.product(1000), 3), coupon=coupon)
    assert shop.get(cart)["discount_cents"] == 300


def test_an_amount_and_shipping_have_caps_too(shop):
    amount = shop.coupon("amount", amount_cents=900, cap_cents=400, stackable=True)
    shipping = shop.coupon("shipping", cap_cents=200, stackable=True)
    shown = shop.stack(shop.cart(shop.product(1000)), shipping, amount)
    assert [coupon["discount_cents"] for coupon in shown["coupons"]] == [200, 400]
    assert shop.amounts(shown) == {
        "subtotal_cents": 1000, "discount_cents": 400, "shipping_cents": 299, "total_cents": 899,
    }


def test_the_next_coupon_works_on_what_the_cap_left(shop):
    capped = shop.coupon(percent=50, cap_cents=200, stackable=True)
    ten = shop.coupon(percent=10, stackable=True)
    shown = shop.stack(shop.cart(shop.product(1000)), capped, ten)
    assert [coupon["discount_cents"] for coupon in shown["coupons"]] == [200, 80]
