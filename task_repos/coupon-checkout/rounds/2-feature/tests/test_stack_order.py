"""README, stacking: percent, then amount, then shipping, each on what the earlier ones left."""


def test_percent_before_amount_whatever_came_first(shop):
    cart = shop.cart(shop.product(1005), shop.product(3000))
    five = shop.coupon("amount", amount_cents=500, stackable=True)
    ten = shop.coupon(percent=10, stackable=True)
    shown = shop.stack(cart, five, ten)
    assert shop.cuts(shown) == [101 + 125, 300 + 375]
    assert shown["coupons"] == [
        {"code": five, "discount_cents": 500}, {"code": ten, "discount_cents": 401},
    ]
    assert shown["coupon"] == five
    order = shop.order(cart)
    assert shop.amounts(order) == shop.amounts(shown)
    assert (order["coupons"], order["coupon"]) == (shown["coupons"], five)
    assert shop.get(cart)["coupons"] == shown["coupons"]


def test_a_percentage_of_what_is_left(shop):
    first = shop.coupon(percent=15, stackable=True)
    second = shop.coupon(percent=10, stackable=True)
    shown = shop.stack(shop.cart((shop.product(333), 3)), first, second)
    assert [coupon["discount_cents"] for coupon in shown["coupons"]] == [150, 85]
    shown = shop.stack(shop.cart((shop.product(335), 3)), second, first)
    assert [coupon["discount_cents"] for coupon in shown["coupons"]] == [101, 136]


def test_shipping_looks_at_what_is_left_of_the_goods(shop):
    shipping = shop.coupon("shipping", stackable=True)
    ten = shop.coupon(percent=10, stackable=True)
    shown = shop.stack(shop.cart(shop.product(5200)), shipping, ten)
    assert [coupon["discount_cents"] for coupon in shown["coupons"]] == [499, 520]
    assert shop.amounts(shown) == {
        "subtotal_cents": 5200, "discount_cents": 520, "shipping_cents": 0, "total_cents": 4680,
    }


def test_the_minimum_is_of_the_undiscounted_subtotal(shop):
    half = shop.coupon(percent=50, stackable=True)
    over = shop.coupon("amount", amount_cents=100, min_subtotal_cents=2000, stackable=True)
    pen = shop.product(1000)
    cart = shop.cart((pen, 2))
    shown = shop.stack(cart, half, over)
    assert [coupon["discount_cents"] for coupon in shown["coupons"]] == [1000, 100]
    shown = shop.stack(shop.cart(pen), half, over)
    assert [coupon["discount_cents"] for coupon in shown["coupons"]] == [500, 0]
