"""README, Life of a hold: it gives back just the units that it has at that moment."""


def test_reduced_then_expired(shop):
    sku = shop.sku(10)
    shop.hold(sku, 5, ttl=5000)
    hold = shop.hold(sku, 5)
    shop.reduce(hold, 2)
    assert shop.figures(sku) == (3, 7, 0)
    shop.at(900)
    assert shop.figures(sku) == (5, 5, 0)
    shop.no_hold(sku, 6)
    assert shop.status(hold) == "expired"


def test_reduced_extended_reduced(shop):
    sku = shop.sku(10)
    shop.hold(sku, 2, ttl=5000)
    hold = shop.hold(sku, 8)
    shop.reduce(hold, 6)
    shop.extend(hold, 1000)
    shop.reduce(hold, 1)
    shop.at(950)
    assert shop.figures(sku) == (7, 3, 0)
    shop.at(1000)
    assert shop.figures(sku) == (8, 2, 0)


def test_reduced_then_lapsed(shop):
    sku = shop.sku(10)
    shop.hold(sku, 4, ttl=5000)
    hold = shop.hold(sku, 6)
    shop.reduce(hold, 3)
    shop.at(500)
    payment = shop.confirm(hold)
    shop.at(1100)
    assert (shop.paid(payment), shop.status(hold)) == ("lapsed", "expired")
    assert shop.figures(sku) == (6, 4, 0)
