"""The report: a hundred on hand, a hundred sold, then somebody gets one more."""


def test_the_report(shop):
    sku = shop.sku(100)
    first = shop.hold(sku)
    rest = shop.hold(sku, 99, ttl=3000)
    shop.at(700)
    shop.extend(first, 900)
    shop.sell(first)
    shop.at(1000)
    shop.no_hold(sku)
    shop.sell(rest)
    assert shop.figures(sku) == (0, 0, 100)
    shop.no_hold(sku)


def test_so_it_does_when_released(shop):
    sku = shop.sku(10)
    dropped = shop.hold(sku, 4)
    shop.hold(sku, 6, ttl=3000)
    shop.extend(dropped, 1200)
    shop.release(dropped)
    shop.at(900)
    assert shop.figures(sku) == (4, 6, 0)
    shop.at(1200)
    assert shop.figures(sku) == (4, 6, 0)
    shop.no_hold(sku, 5)
