"""README, warehouses: where a hold takes its units from."""


def test_the_first_that_has_all(shop):
    sku, at = shop.stocked(p100=3, p200=5, p600=9)
    assert shop.parts(shop.hold(sku, 4)) == [(at["p200"], 4)]
    assert shop.parts(shop.hold(sku, 3)) == [(at["p100"], 3)]
    assert shop.parts(shop.hold(sku, 9)) == [(at["p600"], 9)]
    assert shop.parts(shop.hold(sku, 1)) == [(at["p200"], 1)]
    shop.no_hold(sku)


def test_else_from_the_first_on(shop):
    sku, at = shop.stocked(p100=3, p200=5, p600=4)
    hold = shop.hold(sku, 10)
    assert shop.parts(hold) == [(at["p100"], 3), (at["p200"], 5), (at["p600"], 2)]
    assert shop.places(sku) == {
        "main": (0, 0, 0), at["p100"]: (0, 3, 0), at["p200"]: (0, 5, 0), at["p600"]: (2, 2, 0),
    }
    shop.no_hold(sku, 3)


def test_by_name_where_the_priority_is_the_same(shop):
    sku, at = shop.stocked(a100=2, b100=2)
    first, second = sorted(at.values())
    assert shop.parts(shop.hold(sku, 3)) == [(first, 2), (second, 1)]


def test_main_has_its_place_among_them(shop):
    sku, at = shop.stocked(p100=1, p600=1)
    shop.ok("PUT", f"/skus/{sku}", {"on_hand": 1})
    assert shop.parts(shop.hold(sku, 3)) == [(at["p100"], 1), ("main", 1), (at["p600"], 1)]


def test_together(shop):
    sku, at = shop.stocked(p100=3, p200=4)
    assert shop.no_hold(sku, 5, code="split_needed", together=True)
    assert shop.no_hold(sku, 8, together=True)
    assert shop.parts(shop.hold(sku, 4, together=True)) == [(at["p200"], 4)]
    assert shop.parts(shop.hold(sku, 3, together=False)) == [(at["p100"], 3)]
    body = {"customer": "c", "together": True, "lines": [{"sku": sku, "qty": 1}]}
    shop.refused(400, "invalid", "POST", "/baskets", body)


def test_what_one_lacks_is_not_taken_from_others(shop):
    sku, at = shop.stocked(p100=6, p200=4)
    shop.hold(sku, 6)
    shop.ok("PUT", f"/skus/{sku}/warehouses/{at['p100']}", {"on_hand": 1})
    assert shop.places(sku)[at["p100"]] == (-5, 6, 0)
    assert shop.get(f"/skus/{sku}")["available"] == -1
    shop.no_hold(sku, 5)
    shop.no_hold(sku, 5, together=True)
    assert shop.parts(shop.hold(sku, 4)) == [(at["p200"], 4)]


def test_a_basket_counts_its_own_lines(shop):
    sku, at = shop.stocked(p100=3, p200=5)
    lines = [{"sku": sku, "qty": qty} for qty in (2, 2, 4)]
    holds = shop.ok("POST", "/baskets", {"customer": "c", "lines": lines})["holds"]
    assert [[(part["warehouse"], part["qty"]) for part in hold["allocations"]] for hold in holds] == [
        [(at["p100"], 2)], [(at["p200"], 2)], [(at["p100"], 1), (at["p200"], 3)],
    ]
    assert shop.figures(sku) == (0, 8, 0)
    shop.refused(409, "out_of_stock", "POST", "/baskets", {"customer": "c", "lines": lines[:1]})
