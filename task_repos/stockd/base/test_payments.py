"""README, Paying: payments that are answered in time, or never."""


def test_captured(shop):
    sku = shop.sku(5)
    hold = shop.hold(sku, 2)
    payment = shop.ok("POST", f"/holds/{hold}/confirm", {"ref": "r-1"}, status=202)
    assert {key: payment[key] for key in ("hold", "ref", "sku", "qty", "status", "answer_by")} == {
        "hold": hold, "ref": "r-1", "sku": sku, "qty": 2, "status": "pending", "answer_by": shop.t0 + 600,
    }
    assert shop.figures(sku) == (3, 2, 0)
    assert shop.get(f"/holds/{hold}")["payment"] == payment["id"]
    assert shop.result(payment["id"]) == "captured"
    assert shop.figures(sku) == (3, 0, 2)
    assert shop.status(hold) == "sold"
    shop.at(2000)
    assert shop.figures(sku) == (3, 0, 2)
    shop.refused(409, "hold_sold", "DELETE", f"/holds/{hold}")


def test_a_paying_hold_does_not_expire(shop):
    sku = shop.sku(5)
    hold = shop.hold(sku, 5)
    shop.at(899)
    payment = shop.confirm(hold)
    for path, body in (("extend", {"ttl_s": 60}), ("reduce", {"qty": 1}), ("confirm", {"ref": "x"})):
        shop.refused(409, "hold_paying", "POST", f"/holds/{hold}/{path}", body)
    shop.refused(409, "hold_paying", "DELETE", f"/holds/{hold}")
    shop.at(899 + 599)
    assert shop.status(hold) == "paying"
    shop.no_hold(sku)
    assert shop.result(payment) == "captured"
    assert shop.figures(sku) == (0, 0, 5)


def test_failed(shop):
    sku = shop.sku(5)
    hold = shop.hold(sku, 5)
    assert shop.result(shop.confirm(hold), "failed") == "failed"
    assert shop.status(hold) == "open"
    shop.at(800)
    payment = shop.confirm(hold)
    shop.at(900)
    assert shop.result(payment, "failed") == "failed"
    assert shop.status(hold) == "expired"
    assert shop.figures(sku) == (5, 0, 0)


def test_no_answer(shop):
    sku = shop.sku(5)
    short, long = shop.hold(sku, 2), shop.hold(sku, 3, ttl=2000)
    shop.at(300)
    payments = [shop.confirm(short), shop.confirm(long)]
    shop.at(899)
    assert [shop.paid(payment) for payment in payments] == ["pending", "pending"]
    shop.at(900)
    assert [shop.paid(payment) for payment in payments] == ["lapsed", "lapsed"]
    assert [shop.status(short), shop.status(long)] == ["expired", "open"]
    assert shop.figures(sku) == (2, 3, 0)
    shop.hold(sku, 2)
    assert shop.result(payments[0]) == "refund_due"
    assert shop.figures(sku) == (0, 5, 0)
    assert shop.result(payments[1], "failed") == "failed"
    shop.sell(long)
    assert shop.figures(sku) == (0, 2, 3)


def test_the_other_answer_is_a_conflict(shop):
    sku = shop.sku(5)
    for said, other in (("captured", "failed"), ("failed", "captured")):
        payment = shop.confirm(shop.hold(sku))
        shop.result(payment, said)
        shop.refused(409, "payment_settled", "POST", f"/payments/{payment}/result", {"status": other})
        assert shop.paid(payment) == said
