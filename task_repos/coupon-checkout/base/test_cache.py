"""README, Cache: the number of cached sale prices does not grow for ever."""


def entries(shop):
    return shop.get("/debug/metrics")["promo_cache_entries"]


def test_sales_that_are_long_over_are_dropped(shop):
    sku = shop.product(8000)
    shop.browse(sku)
    before = entries(shop)
    for price in (6000, 6100, 6200):
        shop.sale(sku, price, end=100)
    shop.cart(sku)
    assert entries(shop) >= before + 1
    shop.at(100 + 1200)
    shop.browse(sku)
    assert entries(shop) <= before
