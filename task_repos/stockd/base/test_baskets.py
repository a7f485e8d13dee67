"""README, Routes: a basket holds all of its lines, or none."""


def basket(shop, *lines, **fields):
    body = {"customer": "c", "lines": [{"sku": sku, "qty": qty} for sku, qty in lines], **fields}
    return shop.call("POST", "/baskets", body)


def test_all(shop):
    mug, jug = shop.sku(5), shop.sku(1)
    answer = basket(shop, (mug, 2), (jug, 1), (mug, 3), ttl_s=60)
    assert answer.status == 201, answer.text
    holds = answer.json()["holds"]
    assert [(hold["sku"], hold["qty"], hold["expires_at"] - shop.t0) for hold in holds] == [
        (mug, 2, 60), (jug, 1, 60), (mug, 3, 60),
    ]
    assert (shop.figures(mug), shop.figures(jug)) == ((0, 5, 0), (0, 1, 0))
    shop.release(holds[0]["id"])
    shop.at(60)
    assert (shop.figures(mug), shop.figures(jug)) == ((5, 0, 0), (1, 0, 0))


def test_or_none(shop):
    mug, jug = shop.sku(5), shop.sku(1)
    for lines in ([(mug, 1), (jug, 2)], [(mug, 3), (jug, 1), (mug, 3)]):
        answer = basket(shop, *lines)
        assert (answer.status, answer.json()["error"]["code"]) == (409, "out_of_stock")
    answer = basket(shop, (mug, 1), (shop.name("no"), 1))
    assert (answer.status, answer.json()["error"]["code"]) == (404, "unknown_sku")
    assert basket(shop).status == 400
    assert basket(shop, *[(mug, 1)] * 21).status == 400
    assert (shop.figures(mug), shop.figures(jug)) == ((5, 0, 0), (1, 0, 0))
