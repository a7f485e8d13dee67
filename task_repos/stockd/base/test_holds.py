"""README, Life of a hold: what is true of holds that are not paid for."""


def test_what_a_hold_says(shop):
    sku = shop.sku(5)
    hold = shop.holding(sku, 2)
    assert {key: hold[key] for key in ("sku", "qty", "status", "expires_at", "payment")} == {
        "sku": sku, "qty": 2, "status": "open", "expires_at": shop.t0 + 900, "payment": None,
    }
    assert shop.get(f"/holds/{hold['id']}") == hold
    assert shop.figures(sku) == (3, 2, 0)
    shop.no_hold(sku, 4)


def test_it_ends_at_that_second(shop):
    sku = shop.sku(5)
    hold = shop.hold(sku, 5)
    shop.at(899)
    assert shop.figures(sku) == (0, 5, 0)
    shop.no_hold(sku)
    shop.at(900)
    shop.hold(sku, 5)
    assert shop.status(hold) == "expired"
    for path, body in (("confirm", {"ref": "r"}), ("extend", {"ttl_s": 60}), ("reduce", {"qty": 1})):
        shop.refused(409, "hold_expired", "POST", f"/holds/{hold}/{path}", body)
    assert shop.figures(sku) == (0, 5, 0)


def test_extended_it_ends_at_the_new_second(shop):
    sku = shop.sku(5)
    hold = shop.hold(sku, 2)
    shop.at(899)
    assert shop.extend(hold, 100)["expires_at"] == shop.t0 + 999
    assert shop.extend(hold, 50)["expires_at"] == shop.t0 + 999
    shop.at(998)
    assert shop.figures(sku) == (3, 2, 0)
    shop.at(999)
    assert shop.figures(sku) == (5, 0, 0)


def test_released(shop):
    sku = shop.sku(5)
    hold = shop.hold(sku, 2)
    assert shop.release(hold)["status"] == "released"
    assert shop.release(hold)["status"] == "released"
    assert shop.figures(sku) == (5, 0, 0)
    shop.at(1000)
    assert shop.figures(sku) == (5, 0, 0)
    shop.refused(404, "unknown_hold", "DELETE", "/holds/nobody")


def test_reduced(shop):
    sku = shop.sku(5)
    hold = shop.hold(sku, 4)
    assert shop.reduce(hold, 1)["qty"] == 1
    assert shop.figures(sku) == (4, 1, 0)
    shop.refused(400, "invalid", "POST", f"/holds/{hold}/reduce", {"qty": 2})
    shop.refused(400, "invalid", "POST", f"/holds/{hold}/reduce", {"qty": 0})
    shop.release(hold)
    assert shop.figures(sku) == (5, 0, 0)


def test_the_live_ones_oldest_first(shop):
    sku = shop.sku(20)
    made = [shop.hold(sku) for _ in range(12)]
    shop.release(made[3])
    assert list(shop.live(sku)) == made[:3] + made[4:]
