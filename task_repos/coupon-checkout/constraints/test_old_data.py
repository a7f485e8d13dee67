"""Rule: data of the release that runs today works on: carts, coupons, orders and retries."""


def test_open_carts(shop, upgraded):
    assert upgraded["lamp"].json()["current_price_cents"] == 6000
    held = upgraded["held cart"].json()
    assert shop.amounts(held) == {
        "subtotal_cents": 6000, "discount_cents": 300, "shipping_cents": 0, "total_cents": 5700,
    }
    assert held["lines"][0]["held_until"] == 1_700_001_400
    pens = upgraded["pens"].json()
    assert (pens["coupon"], pens["discount_cents"]) == ("SAVE10", 302)


def test_a_retry_gets_its_order(upgraded):
    retry = upgraded["retry"].json()
    assert upgraded["retry"].status == 201, retry
    assert (retry["id"], retry["total_cents"], retry["coupon"]) == (1, 2308, "SAVE10")


def test_an_order_is_captured_and_refunded(upgraded):
    assert upgraded["captured"].json()["payment"]["captured_cents"] == 2308
    refunded = upgraded["refunded"].json()
    assert (refunded["status"], refunded["refunded_cents"]) == ("refunded", 2308)
    assert upgraded["balance"].json()["accounts"]["card_clearing"] == 0
    assert upgraded["coupon"].json()["uses"] == 1
