"""README, warehouses and Journal: nothing moves because of a restart; what is old lies in `main`."""

import json


def test_a_restart(shop):
    sku, at = shop.stocked(p100=3, p200=5, p600=4)
    held, sold, gone = shop.hold(sku, 4, ttl=5000), shop.hold(sku, 5), shop.hold(sku, 2)
    shop.reduce(sold, 4)
    payment = shop.sell(sold)
    shop.extend(gone, 1000)
    shop.ok("POST", f"/skus/{sku}/receive", {"qty": 2, "warehouse": at["p600"]})
    shop.ok("POST", f"/skus/{sku}/transfer", {"from": at["p600"], "to": "main", "qty": 1})
    shop.ok("PUT", f"/warehouses/{at['p600']}", {"priority": 1})
    shop.at(1000)
    paths = [f"/skus/{sku}", f"/holds/{held}", f"/holds/{sold}", f"/holds/{gone}", f"/payments/{payment}", "/warehouses"]
    before = [shop.get(path) for path in paths]
    shop.restart()
    assert [shop.get(path) for path in paths] == before
    shop.places(sku)
    assert shop.parts(shop.hold(sku, 1))[0][0] == at["p600"]
    shop.at(5000)
    shop.places(sku)
    assert shop.figures(sku) == (10, 0, 4)


def test_an_old_journal(lines, subject):
    mug = lines("mug")
    old = [
        mug.count(1, 10), mug.hold(10, "h1", 4, 910), mug.hold(10, "h2", 5, 5010), mug.reduce(20, "h1", 3),
        mug.confirm(30, "h1", 3, "p1"), mug.answer(40, "captured", "h1", 3, "p1"),
        mug.hold(50, "h3", 2, 950), mug.expired(950, "h3", 2), mug.expired(950, "h1", 4),
    ]
    text = "".join(json.dumps(line) + "\n" for line in old)
    done = subject.cli(["replay", "{files}/journal"], files={"journal": text}, timeout=30)
    assert done.code == 0, done.stderr
    (level,) = json.loads(done.stdout)["skus"]
    (hold,) = json.loads(done.stdout)["holds"]
    assert level["warehouses"] == [{"warehouse": "main", "on_hand": 10, "available": 2, "held": 5, "sold": 3}]
    assert hold["allocations"] == [{"warehouse": "main", "qty": 5}]
