"""README, warehouses: what was sold from where."""


def test_sold_where_it_lay(shop):
    sku, at = shop.stocked(p100=3, p200=5)
    hold = shop.hold(sku, 7)
    payment = shop.confirm(hold)
    assert shop.shipped(payment) == []
    shop.ok("PUT", f"/warehouses/{at['p200']}", {"priority": 1})
    answer = shop.ok("POST", f"/payments/{payment}/result", {"status": "captured"})
    assert [(part["warehouse"], part["qty"]) for part in answer["shipments"]] == [(at["p100"], 3), (at["p200"], 4)]
    assert shop.shipped(payment) == [(at["p100"], 3), (at["p200"], 4)]
    assert shop.places(sku) == {"main": (0, 0, 0), at["p100"]: (0, 0, 3), at["p200"]: (1, 0, 4)}


def test_only_what_was_left_of_the_hold(shop):
    sku, at = shop.stocked(p100=3, p200=5)
    hold = shop.hold(sku, 7)
    shop.reduce(hold, 4)
    assert shop.shipped(shop.sell(hold)) == [(at["p100"], 3), (at["p200"], 1)]
    assert shop.places(sku)[at["p200"]] == (4, 0, 1)


def test_nothing_for_other_payments(shop):
    sku, at = shop.stocked(p100=9)
    failed = shop.confirm(shop.hold(sku))
    shop.result(failed, "failed")
    over, kept = shop.hold(sku, 2), shop.hold(sku, 3, ttl=2000)
    late = [shop.confirm(hold) for hold in (over, kept)]
    shop.at(900)
    assert [shop.result(payment) for payment in late] == ["refund_due", "captured"]
    assert [shop.shipped(payment) for payment in (failed, *late)] == [[], [], [(at["p100"], 3)]]
    assert shop.places(sku)[at["p100"]] == (6, 0, 3)
