"""Rule: what is sent twice counts once."""


def test_confirm_and_result(shop):
    sku = shop.sku(10)
    hold = shop.hold(sku, 4)
    first = shop.ok("POST", f"/holds/{hold}/confirm", {"ref": "r"}, status=202)
    assert shop.ok("POST", f"/holds/{hold}/confirm", {"ref": "r"}, status=200) == first
    captured = shop.ok("POST", f"/payments/{first['id']}/result", {"status": "captured"})
    for second in (1, 700, 5000):
        shop.at(second)
        assert shop.ok("POST", f"/payments/{first['id']}/result", {"status": "captured"}) == captured
        assert shop.ok("POST", f"/holds/{hold}/confirm", {"ref": "r"}, status=200) == captured
        assert shop.figures(sku) == (6, 0, 4)


def test_a_failed_payment(shop):
    sku = shop.sku(10)
    hold = shop.hold(sku, 4)
    failed = shop.confirm(hold, "r")
    for _ in range(2):
        assert shop.result(failed, "failed") == "failed"
        assert shop.status(hold) == "open"
    assert shop.confirm(hold, "r") == failed
    assert shop.status(hold) == "open"
    again = shop.confirm(hold, "r-2")
    assert again != failed
    assert shop.result(failed, "failed") == "failed"
    assert shop.status(hold) == "paying"


def test_giving_back(shop):
    sku = shop.sku(10)
    hold = shop.hold(sku, 4)
    shop.hold(sku, 5)
    for _ in range(2):
        shop.reduce(hold, 3)
        assert shop.figures(sku) == (2, 8, 0)
    for _ in range(2):
        assert shop.release(hold)["status"] == "released"
        assert shop.figures(sku) == (5, 5, 0)
