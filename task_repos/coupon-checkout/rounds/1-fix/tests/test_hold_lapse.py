"""README, Price hold: a hold ends after 15 minutes, to the second, also when the sale is over."""


def closed_sale_cart(shop, coupon=None):
    """A cart with a line held from second 100 to 1000; the sale closes at 300."""
    lamp = shop.on_sale(8000, 6000, floor_cents=7500, sale_floor=0, end=300)
    shop.at(100)
    return lamp, shop.cart(lamp, coupon=coupon)


def unit(cart):
    (line,) = cart["lines"]
    return line["unit_cents"], line["price_source"]


def test_to_the_second(shop):
    lamp, cart = closed_sale_cart(shop)
    shop.at(999)
    shop.browse(lamp)
    assert unit(shop.get(cart)) == (6000, "sale")
    shop.at(1000)
    assert unit(shop.get(cart)) == (8000, "regular")
    assert shop.get(cart)["lines"][0]["held_until"] is None
    assert shop.order(cart)["total_cents"] == 8000


def test_then_the_regular_floor_counts(shop):
    lamp, cart = closed_sale_cart(shop, coupon=shop.coupon(percent=10))
    shop.at(1000)
    shop.browse(lamp)
    assert shop.get(cart)["discount_cents"] == 500
    assert shop.order(cart)["total_cents"] == 7500


def test_looking_does_not_extend_it(shop):
    lamp, cart = closed_sale_cart(shop)
    for second in (500, 990):
        shop.at(second)
        shop.browse(lamp)
        assert shop.get(cart)["lines"][0]["held_until"] == shop.t0 + 1000
    shop.at(1100)
    assert unit(shop.get(cart)) == (8000, "regular")


def test_adding_more_joins_the_hold_or_starts_anew(shop):
    lamp, cart = closed_sale_cart(shop)
    shop.at(999)
    shop.browse(lamp)
    (line,) = shop.add(cart, lamp)["lines"]
    assert (line["qty"], line["unit_cents"], line["held_until"]) == (2, 6000, shop.t0 + 1000)
    shop.at(1200)
    (line,) = shop.add(cart, lamp)["lines"]
    assert (line["qty"], line["unit_cents"], line["held_until"]) == (3, 8000, None)


def test_the_next_sale_is_held_anew(shop):
    lamp, cart = closed_sale_cart(shop, coupon=shop.coupon(percent=10))
    shop.sale(lamp, 7000, 6800, start=1100, end=1300)
    shop.at(1250)
    (line,) = shop.get(cart)["lines"]
    assert (line["unit_cents"], line["held_until"], line["discount_cents"]) == (7000, None, 200)
    (line,) = shop.add(cart, lamp)["lines"]
    assert (line["unit_cents"], line["held_until"]) == (7000, shop.t0 + 1250 + 900)
    shop.at(1400)
    shop.browse(lamp)
    assert shop.order(cart)["total_cents"] == 13600
