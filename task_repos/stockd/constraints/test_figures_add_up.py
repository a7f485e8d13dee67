"""Rule: the figures add up at any moment, and held is what the live holds have."""


def test_through_a_hold_of_every_kind(shop):
    sku = shop.sku(12)
    holds = []
    for qty, figures in ((2, (10, 2, 0)), (3, (7, 5, 0)), (4, (3, 9, 0)), (1, (2, 10, 0))):
        holds.append(shop.hold(sku, qty))
        assert shop.figures(sku) == figures
    shop.release(holds[0])
    assert shop.figures(sku) == (4, 8, 0)
    payment = shop.confirm(holds[1])
    assert shop.figures(sku) == (4, 8, 0)
    shop.result(payment)
    assert shop.figures(sku) == (4, 5, 3)
    shop.at(899)
    shop.extend(holds[3], 100)
    shop.at(900)
    assert shop.figures(sku) == (8, 1, 3)
    shop.at(999)
    assert shop.figures(sku) == (9, 0, 3)
    for level in shop.get("/skus")["skus"]:
        assert level["on_hand"] == level["available"] + level["held"] + level["sold"]
