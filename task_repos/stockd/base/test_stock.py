"""README, Routes: counting, receiving and listing SKUs."""


def test_counted_and_received(shop):
    sku = shop.sku(5)
    level = shop.ok("PUT", f"/skus/{sku}", {"on_hand": 7}, status=200)
    assert {key: level[key] for key in ("sku", "on_hand", "available", "held", "sold")} == {
        "sku": sku, "on_hand": 7, "available": 7, "held": 0, "sold": 0,
    }
    level = shop.ok("POST", f"/skus/{sku}/receive", {"qty": 3})
    assert (level["on_hand"], level["available"]) == (10, 10)
    shop.hold(sku, 4)
    shop.ok("PUT", f"/skus/{sku}", {"on_hand": 3})
    assert shop.figures(sku) == (-1, 4, 0)
    shop.no_hold(sku)


def test_the_list_is_by_name(shop):
    mine = sorted([shop.sku(1), shop.sku(2)])
    names = [level["sku"] for level in shop.get("/skus")["skus"]]
    assert names == sorted(names)
    assert set(mine) <= set(names)


def test_unknown(shop):
    shop.refused(404, "unknown_sku", "GET", f"/skus/{shop.name('no')}")
    shop.refused(404, "unknown_sku", "GET", f"/holds?sku={shop.name('no')}")
    shop.refused(404, "unknown_sku", "POST", f"/skus/{shop.name('no')}/receive", {"qty": 1})
    shop.refused(404, "unknown_sku", "POST", "/holds", {"sku": shop.name("no"), "qty": 1, "customer": "c"})
