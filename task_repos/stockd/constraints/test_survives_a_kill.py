"""Rule: what has been answered is still true after the power went off."""


def test_everything_is_there(shop):
    sku = shop.sku(10)
    held, paid, gone = shop.hold(sku, 1), shop.hold(sku, 2), shop.hold(sku, 3)
    payment, pending = shop.sell(paid), shop.confirm(held, "ref")
    shop.release(gone)
    shop.ok("POST", f"/skus/{sku}/receive", {"qty": 5})
    paths = [f"/skus/{sku}", f"/payments/{payment}", f"/payments/{pending}"]
    paths += [f"/holds/{hold}" for hold in (held, paid, gone)]
    before = [shop.get(path) for path in paths]
    shop.restart()
    assert [shop.get(path) for path in paths] == before
    assert shop.get("/admin/clock")["now"] == shop.t0
    assert shop.confirm(held, "ref") == pending
    assert shop.result(payment) == "captured"
    assert shop.result(pending) == "captured"
    assert shop.figures(sku) == (12, 0, 3)
    assert shop.hold(sku) not in {held, paid, gone}
