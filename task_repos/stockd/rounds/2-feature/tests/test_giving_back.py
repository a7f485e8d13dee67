"""README, warehouses: what a hold gives back goes where it came from."""


def split(shop, ttl=None):
    """A SKU with units at three places, and a hold of ten over all of them."""
    sku, at = shop.stocked(p100=3, p200=5, p600=4)
    return sku, at, shop.hold(sku, 10, ttl=ttl)


def empty(at):
    return {"main": (0, 0, 0), at["p100"]: (3, 0, 0), at["p200"]: (5, 0, 0), at["p600"]: (4, 0, 0)}


def test_expired(shop):
    sku, at, hold = split(shop)
    shop.at(500)
    shop.extend(hold, 900)
    shop.at(900)
    assert shop.places(sku)[at["p200"]] == (0, 5, 0)
    shop.at(1400)
    assert shop.places(sku) == empty(at)


def test_released(shop):
    sku, at, hold = split(shop)
    shop.release(hold)
    assert shop.places(sku) == empty(at)


def test_reduced_from_the_last_one_first(shop):
    sku, at, hold = split(shop)
    assert shop.reduce(hold, 6)["allocations"] == [
        {"warehouse": at["p100"], "qty": 3}, {"warehouse": at["p200"], "qty": 3},
    ]
    assert shop.places(sku) == {
        "main": (0, 0, 0), at["p100"]: (0, 3, 0), at["p200"]: (2, 3, 0), at["p600"]: (4, 0, 0),
    }
    shop.reduce(hold, 2)
    assert shop.parts(hold) == [(at["p100"], 2)]
    shop.at(900)
    assert shop.places(sku) == empty(at)


def test_nothing_else_moves_them(shop):
    sku, at, hold = split(shop, ttl=2000)
    taken = shop.parts(hold)
    shop.ok("PUT", f"/warehouses/{at['p600']}", {"priority": 1})
    shop.ok("PUT", f"/skus/{sku}/warehouses/{at['p600']}", {"on_hand": 50})
    shop.extend(hold, 3000)
    assert shop.result(shop.confirm(hold), "failed") == "failed"
    assert shop.parts(hold) == taken
    shop.reduce(hold, 9)
    assert shop.parts(hold) == [*taken[:2], (at["p600"], 1)]
    assert shop.parts(shop.hold(sku, 2)) == [(at["p600"], 2)]
    shop.at(3000)
    assert shop.places(sku)[at["p600"]] == (50, 0, 0)
    assert shop.places(sku)[at["p200"]] == (5, 0, 0)


def test_payment_lapsed(shop):
    sku, at, hold = split(shop)
    shop.at(800)
    payment = shop.confirm(hold)
    shop.at(1400)
    assert shop.places(sku) == empty(at)
    assert shop.result(payment) == "refund_due"
    assert shop.places(sku) == empty(at)
