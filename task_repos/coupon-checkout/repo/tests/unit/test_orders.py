def bought(client, qty=3, **body):
    client.product("cup", 999)
    client.coupon("SAVE10", kind="percent", percent=10)
    cart = client.cart(("cup", qty))
    client("PUT", f"{cart}/coupon", {"code": "SAVE10"})
    return client.checkout(cart, **body)


def test_capture_books_the_sale(client):
    order = bought(client).body
    client("POST", f"/orders/{order['id']}/capture")
    balance = client("GET", "/ledger/balance").body
    assert balance["accounts"] == {
        "card_clearing": 2697 + 499, "discounts": 300, "sales": -2997, "shipping": -499,
    }


def test_refunds_add_up_to_what_was_paid(client):
    order = bought(client).body
    path = f"/orders/{order['id']}"
    client("POST", f"{path}/capture")
    for _ in range(3):
        answer = client("POST", f"{path}/refund", {"lines": [{"sku": "cup", "qty": 1}]}).body
    assert answer["status"] == "refunded"
    assert answer["refunded_cents"] == order["total_cents"]
    assert set(client("GET", "/ledger/balance").body["accounts"]) >= {"returns"}
    assert client("GET", "/ledger/balance").body["accounts"]["card_clearing"] == 0


def test_an_unexpected_total_charges_nothing(client):
    answer = bought(client, expect_total_cents=1)
    assert (answer.status, answer.body["error"]["code"]) == (409, "price_changed")
    assert client("GET", "/debug/provider?cart=1").body["charges"] == []


def test_a_lost_answer_is_picked_up(client):
    client.product("cup", 999)
    cart = client.cart(("cup", 1))
    assert client.checkout(cart, card="tok_slow_0003").status == 503
    assert client.checkout(cart, card="tok_slow_0003").status == 201
    assert len(client("GET", "/debug/provider?cart=1").body["charges"]) == 1


def test_out_of_stock(client):
    client.product("cup", 999, stock=1)
    answer = client.checkout(client.cart(("cup", 2)))
    assert (answer.status, answer.body["error"]["code"]) == (409, "out_of_stock")
