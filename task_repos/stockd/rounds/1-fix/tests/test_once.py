"""README, Life of a hold: it ends once, and nothing that happens later moves units on its account."""


def test_extended_often(shop):
    sku = shop.sku(10)
    other = shop.hold(sku, 5, ttl=20000)
    hold = shop.hold(sku, 3)
    for second in (100, 200, 850, 1500):
        shop.at(second)
        shop.extend(hold, 900)
    shop.at(1600)
    payment = shop.confirm(hold)
    shop.at(1700)
    assert shop.result(payment) == "captured"
    for second in (1750, 2199, 2200, 2400, 5000):
        shop.at(second)
        assert shop.figures(sku) == (2, 5, 3)
    assert shop.status(hold) == "sold"
    shop.sell(other)
    assert shop.figures(sku) == (2, 0, 8)


def test_extended_failed_extended_again(shop):
    sku = shop.sku(10)
    shop.hold(sku, 5, ttl=20000)
    hold = shop.hold(sku, 3, ttl=300)
    shop.extend(hold, 500)
    failed = shop.confirm(hold)
    shop.at(100)
    shop.result(failed, "failed")
    shop.extend(hold, 700)
    for second, status in ((300, "open"), (500, "open"), (600, "open"), (799, "open"), (800, "expired")):
        shop.at(second)
        assert shop.status(hold) == status
        shop.figures(sku)
    shop.at(900)
    assert shop.figures(sku) == (5, 5, 0)


def test_a_basket_of_extended_holds(shop):
    mug, jug = shop.sku(9), shop.sku(9)
    lines = [{"sku": sku, "qty": 2} for sku in (mug, jug, mug)]
    holds = shop.ok("POST", "/baskets", {"customer": "c", "lines": lines})["holds"]
    for sku in (mug, jug):
        shop.hold(sku, 5, ttl=5000)
    for hold in holds:
        shop.extend(hold["id"], 1000)
    shop.sell(holds[0]["id"])
    shop.release(holds[1]["id"])
    shop.at(900)
    assert (shop.figures(mug), shop.figures(jug)) == ((0, 7, 2), (4, 5, 0))
    shop.at(1000)
    assert (shop.figures(mug), shop.figures(jug)) == ((2, 5, 2), (4, 5, 0))
