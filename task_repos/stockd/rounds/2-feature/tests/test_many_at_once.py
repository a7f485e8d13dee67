"""README, Figures: they hold for requests that come at the same time, and for what a restart makes of them."""

import time
from collections import Counter


def test_not_one_too_many(shop):
    sku = shop.sku(20)
    body = {"sku": sku, "qty": 1, "customer": "c"}
    answers = shop.at_once(*[("POST", "/holds", body)] * 30)
    assert Counter(answer.status for answer in answers) == {201: 20, 409: 10}
    made = {answer.json()["id"] for answer in answers if answer.status == 201}
    assert len(made) == 20 and set(shop.live(sku)) == made
    assert shop.figures(sku) == (0, 20, 0)


def test_one_of_each_kind_wins(shop):
    skus = [shop.sku(3) for _ in range(3)]
    holds = [shop.hold(sku, 3) for sku in skus]
    answers = shop.at_once(*[("POST", f"/holds/{hold}/confirm", {"ref": "r"}) for hold in holds * 4])
    assert Counter(answer.status for answer in answers) == {202: 3, 200: 9}
    payments = {answer.json()["hold"]: answer.json()["id"] for answer in answers}
    assert len({answer.json()["id"] for answer in answers}) == len(payments) == 3
    said = [
        ("POST", f"/payments/{payments[hold]}/result", {"status": status})
        for hold in holds for status in ("captured", "failed", "captured", "failed")
    ]
    answers = shop.at_once(*said)
    assert Counter(answer.status for answer in answers) == {200: 6, 409: 6}
    for sku, hold in zip(skus, holds, strict=True):
        sold = shop.paid(payments[hold]) == "captured"
        assert shop.figures(sku) == ((0, 0, 3) if sold else (0, 3, 0))


def test_a_restart_finds_the_same(shop):
    skus = [shop.sku(30) for _ in range(4)]
    north = shop.warehouse(50)
    for sku in skus:
        shop.ok("PUT", f"/skus/{sku}/warehouses/{north}", {"on_hand": 7})
    requests = []
    for n in range(40):
        sku, other = skus[n % 4], skus[(n + 1) % 4]
        requests.append(("POST", "/holds", {"sku": sku, "qty": 1 + n % 3, "customer": "c", "ttl_s": 100 + n % 3}))
        if n % 4 == 0:
            lines = [{"sku": name, "qty": 2} for name in (sku, other)]
            requests.append(("POST", "/baskets", {"customer": "c", "lines": lines}))
    assert {answer.status for answer in shop.at_once(*requests)} <= {201, 409}
    shop.at(101)
    before = [(shop.get(f"/skus/{sku}"), shop.live(sku)) for sku in skus]
    shop.restart()
    assert [(shop.get(f"/skus/{sku}"), shop.live(sku)) for sku in skus] == before
    made = shop.hold(skus[0])
    assert all(made not in live for _, live in before)
    for sku in skus:
        shop.places(sku)


def test_the_queue_at_one_sku(shop):
    sku = shop.sku(6)
    request = (sku, "POST", "/holds", {"sku": sku, "qty": 5, "customer": "c"})
    with shop.stalled(*[request] * 6) as answers:
        time.sleep(0.1)  # whoever does not wait for the first has looked at the shelf by now
    assert Counter(answer.status for answer in answers) == {201: 1, 409: 5}
    assert shop.figures(sku) == (1, 5, 0)
