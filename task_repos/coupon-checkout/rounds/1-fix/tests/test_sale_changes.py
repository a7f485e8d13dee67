"""README, Price hold: the held price and its floor stay though the sale is changed meanwhile."""


def held_cart(shop, coupon):
    lamp = shop.product(8000, floor_cents=7000)
    sale = shop.sale(lamp, 6000, 5700, end=3000)
    return lamp, sale, shop.cart((lamp, 2), coupon=coupon)


def test_ended_early(shop):
    lamp, sale, cart = held_cart(shop, shop.coupon(percent=10))
    shop.at(100)
    shop.ok("PATCH", f"/sales/{sale}", {"ends_at": shop.t0 + 50})
    shop.browse(lamp)
    assert shop.order(cart)["total_cents"] == 11400


def test_made_dearer(shop):
    lamp, sale, cart = held_cart(shop, shop.coupon(percent=10))
    shop.ok("PATCH", f"/sales/{sale}", {"price_cents": 7000, "floor_cents": 6900})
    shop.browse(lamp)
    shown = shop.get(cart)
    assert [line["unit_cents"] for line in shown["lines"]] == [6000]
    assert shown["discount_cents"] == 600


def test_the_floor_lowered_then_the_sale_over(shop):
    lamp, sale, cart = held_cart(shop, shop.coupon(percent=10))
    shop.ok("PATCH", f"/sales/{sale}", {"floor_cents": 100, "ends_at": shop.t0 + 200})
    shop.at(300)
    shop.browse(lamp)
    assert shop.order(cart)["discount_cents"] == 600


def test_after_the_hold_the_changed_sale_counts(shop):
    lamp, sale, cart = held_cart(shop, shop.coupon(percent=10))
    shop.ok("PATCH", f"/sales/{sale}", {"price_cents": 6500, "floor_cents": 6400})
    shop.browse(lamp)
    assert shop.get(cart)["discount_cents"] == 600
    shop.at(900)
    assert shop.amounts(shop.get(cart)) == {
        "subtotal_cents": 13000, "discount_cents": 200, "shipping_cents": 0, "total_cents": 12800,
    }
