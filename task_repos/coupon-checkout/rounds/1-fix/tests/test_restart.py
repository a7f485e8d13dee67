"""README, Price hold: a restart or a deployment does not touch a hold."""


def test_a_restart_keeps_price_floor_and_end_of_hold(shop):
    coupon = shop.coupon(percent=10)
    closed = shop.on_sale(8000, 6000, floor_cents=7000, sale_floor=5700, end=300)
    running = shop.product(8000, floor_cents=7000)
    sale = shop.sale(running, 6000, 5700, end=5000)
    shop.at(200)
    over, live, late = (shop.cart(sku, coupon=coupon) for sku in (closed, running, closed))
    shop.ok("PATCH", f"/sales/{sale}", {"price_cents": 6900, "floor_cents": 0})
    shop.at(400)
    shop.restart()
    assert shop.order(over)["total_cents"] == 5700
    assert shop.order(live)["total_cents"] == 5700
    shop.at(1100)
    assert shop.order(late)["total_cents"] == 7200
