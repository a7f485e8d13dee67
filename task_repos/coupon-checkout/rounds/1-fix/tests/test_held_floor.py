"""README, Price hold and Coupons: a held price keeps its floor, and no coupon goes below it."""


def after_the_sale(shop, *lines, coupon):
    shop.at(200)
    cart = shop.cart(*lines, coupon=coupon)
    shop.at(500)
    shop.browse(*[line[0] for line in lines])
    return cart


def test_the_sale_floor_stops_the_coupon(shop):
    lamp = shop.on_sale(8000, 6000, floor_cents=1000, sale_floor=5700, end=300)
    cart = after_the_sale(shop, (lamp, 2), coupon=shop.coupon(percent=10))
    assert shop.get(cart)["discount_cents"] == 600
    assert shop.order(cart)["total_cents"] == 11400


def test_the_floor_of_the_regular_price_does_not(shop):
    lamp = shop.on_sale(8000, 6000, floor_cents=7000, sale_floor=1000, end=300)
    cart = after_the_sale(shop, (lamp, 1), coupon=shop.coupon(percent=20))
    order = shop.order(cart)
    assert (order["discount_cents"], order["total_cents"]) == (1200, 4800 + 499)


def test_every_line_has_the_floor_of_its_own_price(shop):
    held = shop.on_sale(3000, 2000, floor_cents=0, sale_floor=1950, end=300)
    also = shop.on_sale(3000, 2000, floor_cents=3000, sale_floor=0, end=300)
    plain = shop.product(2000, floor_cents=1800)
    coupon = shop.coupon("amount", amount_cents=1500)
    cart = after_the_sale(shop, (held, 1), (also, 1), (plain, 1), coupon=coupon)
    assert shop.cuts(shop.order(cart)) == [50, 500, 200]
