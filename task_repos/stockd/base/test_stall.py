"""README, admin routes: while a SKU is stalled, a request that writes about it waits, and goes on afterwards."""


def test_it_waits_and_goes_on(shop):
    sku = shop.sku(3)
    with shop.stalled((sku, "POST", "/holds", {"sku": sku, "qty": 2, "customer": "c"})) as answers:
        assert shop.get("/admin/stall")["stalled"][sku] == 1
    assert [answer.status for answer in answers] == [201]
    assert sku not in shop.get("/admin/stall")["stalled"]
    assert shop.figures(sku) == (1, 2, 0)
