"""README, stacking and Price hold: all coupons together stop at the floor of the held price."""


def test_together_on_a_held_price_after_the_sale(shop):
    lamp = shop.on_sale(8000, 6000, floor_cents=7000, sale_floor=5000, end=300)
    cart = shop.cart((lamp, 2))
    ten = shop.coupon(percent=10, stackable=True)
    amount = shop.coupon("amount", amount_cents=2000, stackable=True)
    shop.at(500)
    shop.browse(lamp)
    shown = shop.stack(cart, amount, ten)
    assert [coupon["discount_cents"] for coupon in shown["coupons"]] == [800, 1200]
    assert shop.order(cart)["total_cents"] == 10000


def test_together_after_the_hold(shop):
    lamp = shop.on_sale(8000, 6000, floor_cents=7000, sale_floor=1000, end=300)
    cart = shop.cart(lamp)
    ten = shop.coupon(percent=10, stackable=True)
    amount = shop.coupon("amount", amount_cents=2000, stackable=True)
    shop.stack(cart, ten, amount)
    shop.at(900)
    shop.browse(lamp)
    order = shop.order(cart)
    assert [coupon["discount_cents"] for coupon in order["coupons"]] == [800, 200]
    assert order["total_cents"] == 7000


def test_what_the_floor_takes_is_not_made_up(shop):
    tight, loose = shop.product(1000, floor_cents=950), shop.product(1000)
    ten = shop.coupon(percent=10, stackable=True)
    amount = shop.coupon("amount", amount_cents=200, stackable=True)
    shown = shop.stack(shop.cart(tight, loose), ten, amount)
    assert shop.cuts(shown) == [50, 100 + 97]
    assert [coupon["discount_cents"] for coupon in shown["coupons"]] == [150, 97]
