"""README, Paying: a capture after `answer_by` sells only what the hold still has."""


def lapsed(shop, ttl=900, qty=3):
    """A SKU with ten units, a hold whose payment has lapsed at second 1100, the payment."""
    sku = shop.sku(10)
    hold = shop.hold(sku, qty, ttl=ttl)
    shop.at(500)
    payment = shop.confirm(hold)
    shop.at(1100)
    return sku, hold, payment


def test_the_hold_is_over_though_there_are_units(shop):
    sku, hold, payment = lapsed(shop)
    other = shop.hold(sku, 4)
    for _ in range(2):
        assert shop.result(payment) == "refund_due"
        assert shop.figures(sku) == (6, 4, 0)
    assert shop.status(hold) == "expired"
    shop.refused(409, "payment_settled", "POST", f"/payments/{payment}/result", {"status": "failed"})
    shop.sell(other)
    assert shop.figures(sku) == (6, 0, 4)


def test_the_hold_is_still_open_though_there_are_no_units(shop):
    sku, hold, payment = lapsed(shop, ttl=3000)
    shop.hold(sku, 7)
    shop.no_hold(sku)
    for _ in range(2):
        assert shop.result(payment) == "captured"
        assert shop.figures(sku) == (0, 7, 3)
    assert shop.status(hold) == "sold"
    shop.at(3000)
    assert shop.figures(sku) == (7, 0, 3)


def test_the_hold_is_released(shop):
    sku, hold, payment = lapsed(shop, ttl=3000)
    shop.release(hold)
    shop.hold(sku, 2)
    assert shop.result(payment) == "refund_due"
    assert shop.figures(sku) == (8, 2, 0)
    assert shop.status(hold) == "released"


def test_the_hold_is_being_paid_for_again(shop):
    sku, hold, payment = lapsed(shop, ttl=3000)
    second = shop.confirm(hold)
    assert shop.result(payment) == "refund_due"
    assert shop.status(hold) == "paying"
    assert shop.figures(sku) == (7, 3, 0)
    assert shop.result(second) == "captured"
    assert shop.figures(sku) == (7, 0, 3)


def test_the_hold_was_sold_meanwhile(shop):
    sku, hold, payment = lapsed(shop, ttl=3000)
    shop.hold(sku, 5)
    shop.sell(hold)
    assert shop.result(payment) == "refund_due"
    assert shop.figures(sku) == (2, 5, 3)


def test_to_the_second(shop):
    sku = shop.sku(10)
    holds = [shop.hold(sku, 2, ttl=600), shop.hold(sku, 3, ttl=601)]
    payments = [shop.confirm(hold) for hold in holds]
    shop.hold(sku, 4, ttl=5000)
    shop.at(600)
    assert [shop.result(payment) for payment in payments] == ["refund_due", "captured"]
    assert [shop.status(hold) for hold in holds] == ["expired", "sold"]
    assert shop.figures(sku) == (3, 4, 3)
