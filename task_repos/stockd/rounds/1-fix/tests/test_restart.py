"""README, Journal: after a restart everything is as it was, and no unit moves because of it."""


def test_ended_holds_stay_ended(shop):
    sku = shop.sku(20)
    kept = shop.hold(sku, 6, ttl=9000)
    expired, sold, released = (shop.hold(sku, qty) for qty in (1, 2, 3))
    reduced = shop.hold(sku, 4)
    for hold in (expired, sold, released, kept):
        shop.extend(hold, 1000)
    shop.reduce(reduced, 1)
    shop.sell(sold)
    shop.release(released)
    late = shop.confirm(reduced)
    shop.at(1000)
    before = shop.figures(sku)
    assert before == (12, 6, 2)
    shop.restart()
    assert shop.figures(sku) == before
    shop.at(1100)
    assert shop.figures(sku) == before
    assert shop.result(late) == "refund_due"
    assert [shop.status(hold) for hold in (kept, expired, sold, released, reduced)] == [
        "open", "expired", "sold", "released", "expired",
    ]
    shop.at(9000)
    assert shop.figures(sku) == (18, 0, 2)
