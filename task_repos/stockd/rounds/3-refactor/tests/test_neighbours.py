"""The report: a SKU whose writes are slow holds up no request that has nothing to do with it."""

import time

import pytest

PATIENCE = 6.0  # real seconds; an answer takes milliseconds

_failed = []  # what was not answered in this session: it is not waited for a second time


@pytest.fixture
def quick(shop):
    """Requests that must be answered though something else waits."""
    if _failed:
        pytest.fail(f"went wrong before: {_failed[0]}")

    def ok(method, path, body=None):
        _failed.append((method, path))
        answer = shop.ok(method, path, body, timeout=PATIENCE)
        _failed.clear()
        return answer

    return ok


def hold_of(sku, qty=1):
    return (sku, "POST", "/holds", {"sku": sku, "qty": qty, "customer": "c"})


def test_everything_about_another_sku(shop, quick):
    slow, sku, third = shop.sku(5), shop.sku(9), shop.sku(9)
    held = shop.hold(sku, 4)
    with shop.stalled(hold_of(slow)) as answers:
        hold = quick("POST", "/holds", {"sku": sku, "qty": 3, "customer": "c"})["id"]
        quick("POST", f"/holds/{hold}/extend", {"ttl_s": 2000})
        quick("POST", f"/holds/{hold}/reduce", {"qty": 2})
        payment = quick("POST", f"/holds/{hold}/confirm", {"ref": "r"})["id"]
        assert quick("POST", f"/payments/{payment}/result", {"status": "captured"})["status"] == "captured"
        assert quick("GET", f"/payments/{payment}")["status"] == "captured"
        assert quick("DELETE", f"/holds/{held}")["status"] == "released"
        assert quick("GET", f"/holds/{hold}")["status"] == "sold"
        lines = [{"sku": name, "qty": 1} for name in (third, sku)]
        assert len(quick("POST", "/baskets", {"customer": "c", "lines": lines})["holds"]) == 2
        quick("POST", f"/skus/{sku}/receive", {"qty": 1})
        assert len(quick("GET", f"/holds?sku={sku}")["holds"]) == 1
        assert quick("GET", f"/skus/{sku}")["sold"] == 2
        assert quick("PUT", f"/skus/{shop.name('new')}", {"on_hand": 1})["on_hand"] == 1
    assert [answer.status for answer in answers] == [201]
    assert (shop.figures(slow), shop.figures(sku), shop.figures(third)) == ((4, 1, 0), (7, 1, 2), (8, 1, 0))


def test_what_is_about_no_sku(shop, quick):
    slow, sku = shop.sku(5), shop.sku(9)
    shop.hold(sku, 4)
    with shop.stalled(hold_of(slow)):
        quick("GET", "/health")
        north = shop.name("wh")
        quick("PUT", f"/warehouses/{north}", {"priority": 7})
        assert any(row["warehouse"] == north for row in quick("GET", "/warehouses")["warehouses"])
        quick("PUT", f"/skus/{sku}/warehouses/{north}", {"on_hand": 6})
        quick("POST", f"/skus/{sku}/transfer", {"from": "main", "to": north, "qty": 1})
        quick("POST", "/admin/clock", {"now": shop.t0 + 900})
        assert quick("GET", f"/skus/{sku}")["held"] == 0
        body = {"sku": sku, "qty": 7, "customer": "c"}
        assert quick("POST", "/holds", body)["allocations"] == [{"warehouse": north, "qty": 7}]
    shop.places(sku)


def test_slow_results_and_slow_expiry(shop, quick):
    paid, expiring, sku = shop.sku(5), shop.sku(5), shop.sku(9)
    payment = shop.confirm(shop.hold(paid, 2, ttl=5000))
    shop.hold(expiring, 3, ttl=100)
    late = [None]
    with shop.stalled((paid, "POST", f"/payments/{payment}/result", {"status": "captured"})) as answers:
        try:
            shop.ok("PUT", f"/admin/stall/{expiring}")
            quick("POST", "/admin/clock", {"now": shop.t0 + 100})
            thread = shop.send(late, 0, "GET", f"/skus/{expiring}")
            time.sleep(0.05)  # it has something to write by now, unless that was begun by the clock
            hold = quick("POST", "/holds", {"sku": sku, "qty": 1, "customer": "c"})["id"]
            quick("DELETE", f"/holds/{hold}")
        finally:
            shop.ok("DELETE", f"/admin/stall/{expiring}")
    thread.join(30)
    assert answers[0].json()["status"] == "captured"
    assert late[0].json()["available"] == 5
    assert (shop.figures(paid), shop.figures(expiring)) == ((3, 0, 2), (5, 0, 0))


def test_many_skus_are_slow_at_once(shop, quick):
    """Every one of them has got as far as the journal: none waits for another's lock."""
    slow = [shop.sku(1) for _ in range(12)]
    with shop.stalled(*[hold_of(sku) for sku in slow]) as answers:
        for _ in range(150):
            quick("PUT", f"/skus/{shop.name('sku')}", {"on_hand": 1})
    assert [answer.status for answer in answers] == [201] * 12
