"""The report: baskets that have SKUs in common neither wait for each other for ever nor are half done."""

import time


def basket(*skus):
    body = {"customer": "c", "lines": [{"sku": sku, "qty": 1} for sku in skus]}
    return ("POST", "/baskets", body)


def test_in_either_order(shop):
    first, second = sorted([shop.sku(500), shop.sku(500)])
    for slow in (first, second):
        with shop.stalled((slow, "POST", "/holds", {"sku": slow, "qty": 1, "customer": "c"})) as early:
            answers = [None] * 8
            threads = []
            for n in range(8):
                threads.append(shop.send(answers, n, *basket(*((first, second) if n % 2 else (second, first)))))
                time.sleep(0.02)
        ends = time.monotonic() + 6
        for thread in threads:
            thread.join(max(0, ends - time.monotonic()))
        assert [getattr(answer, "status", answer) for answer in (*early, *answers)] == [201] * 9


def test_again_and_again(shop):
    skus = [shop.sku(40) for _ in range(3)]
    for _ in range(5):
        requests = [basket(*skus), basket(*reversed(skus)), basket(skus[1], skus[0]), basket(skus[2], skus[1])] * 2
        assert {answer.status for answer in shop.at_once(*requests)} == {201}
    assert [shop.figures(sku) for sku in skus] == [(10, 30, 0), (0, 40, 0), (10, 30, 0)]
    first, last = shop.at_once(basket(*skus), ("GET", f"/skus/{skus[0]}", None))
    assert (first.status, last.status) == (409, 200)


def test_none_of_it_when_the_service_is_killed(shop):
    skus = sorted(shop.sku(5) for _ in range(3))
    for slow in (skus[0], skus[2]):
        shop.ok("PUT", f"/admin/stall/{slow}")
        answers = [None]
        thread = shop.send(answers, 0, *basket(skus[1], skus[2], skus[0]))
        shop.wait_for(lambda waiting, slow=slow: waiting.get(slow) == 1)
        shop.restart()
        thread.join(30)
        assert not hasattr(answers[0], "status")
        assert [shop.figures(sku) for sku in skus] == [(5, 0, 0)] * 3
