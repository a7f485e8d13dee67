"""README, warehouses: making them, counting and receiving in them, transfers, figures."""


def test_the_list_is_in_order(shop):
    low, high = shop.warehouse(900), shop.warehouse(3)
    same = sorted([shop.warehouse(40), shop.warehouse(40)])
    listed = shop.get("/warehouses")["warehouses"]
    names = [row["warehouse"] for row in listed]
    assert names == sorted(names, key=lambda name: (dict_of(listed)[name], name))
    assert [name for name in names if name in {low, high, *same, "main"}] == [high, *same, "main", low]
    assert shop.ok("PUT", f"/warehouses/{low}", {"priority": 2}, status=200) == {"warehouse": low, "priority": 2}
    assert dict_of(shop.get("/warehouses")["warehouses"])[low] == 2
    assert dict_of(listed)["main"] == 500


def dict_of(rows):
    return {row["warehouse"]: row["priority"] for row in rows}


def test_counted_received_transferred(shop):
    sku = shop.sku(5)
    assert shop.places(sku) == {"main": (5, 0, 0)}
    north, south = shop.warehouse(100), shop.warehouse(600)
    shop.ok("PUT", f"/skus/{sku}/warehouses/{north}", {"on_hand": 4})
    shop.ok("POST", f"/skus/{sku}/receive", {"qty": 2, "warehouse": north})
    shop.ok("POST", f"/skus/{sku}/receive", {"qty": 1})
    level = shop.ok("POST", f"/skus/{sku}/transfer", {"from": "main", "to": south, "qty": 6})
    assert [row["warehouse"] for row in level["warehouses"]] == [north, "main", south]
    assert shop.places(sku) == {north: (6, 0, 0), "main": (0, 0, 0), south: (6, 0, 0)}
    shop.ok("PUT", f"/skus/{sku}", {"on_hand": 2})
    assert shop.places(sku) == {north: (6, 0, 0), "main": (2, 0, 0), south: (6, 0, 0)}
    assert shop.figures(sku) == (14, 0, 0)


def test_only_available_units_are_transferred(shop):
    sku = shop.sku(5)
    other = shop.warehouse(600)
    shop.hold(sku, 3)
    move = f"/skus/{sku}/transfer"
    shop.refused(409, "out_of_stock", "POST", move, {"from": "main", "to": other, "qty": 3})
    shop.refused(409, "out_of_stock", "POST", move, {"from": other, "to": "main", "qty": 1})
    shop.ok("POST", move, {"from": "main", "to": other, "qty": 2})
    assert shop.places(sku) == {"main": (0, 3, 0), other: (2, 0, 0)}
    shop.at(900)
    assert shop.places(sku) == {"main": (3, 0, 0), other: (2, 0, 0)}


def test_what_is_refused(shop):
    sku, other = shop.sku(5), shop.warehouse(600)
    shop.refused(404, "unknown_warehouse", "PUT", f"/skus/{sku}/warehouses/nowhere", {"on_hand": 1})
    shop.refused(404, "unknown_sku", "PUT", f"/skus/{shop.name('no')}/warehouses/{other}", {"on_hand": 1})
    shop.refused(404, "unknown_warehouse", "POST", f"/skus/{sku}/receive", {"qty": 1, "warehouse": "nowhere"})
    shop.refused(
        404, "unknown_warehouse", "POST", f"/skus/{sku}/transfer", {"from": "main", "to": "nowhere", "qty": 1}
    )
    shop.refused(400, "invalid", "POST", f"/skus/{sku}/transfer", {"from": "main", "to": "main", "qty": 1})
    shop.refused(400, "invalid", "POST", f"/skus/{sku}/transfer", {"from": "main", "to": other, "qty": 0})
    shop.refused(400, "invalid", "PUT", f"/skus/{sku}/warehouses/{other}", {"on_hand": -1})
    for priority in (0, 1001, "1", None, 1.5):
        shop.refused(400, "invalid", "PUT", f"/warehouses/{shop.name('wh')}", {"priority": priority})
    assert shop.places(sku) == {"main": (5, 0, 0)}
