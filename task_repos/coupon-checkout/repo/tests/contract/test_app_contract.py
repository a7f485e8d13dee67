"""What the app relies on. Shared with the app team; see README."""

CART = {
    "id", "customer", "status", "order_id", "coupon", "lines", "subtotal_cents", "discount_cents",
    "shipping_cents", "total_cents",
}
LINE = {
    "sku", "qty", "unit_cents", "price_source", "held_until", "gross_cents", "discount_cents",
    "net_cents",
}


def test_a_cart_has_the_fields_the_app_reads(client):
    client.product("mug", 1250)
    cart = client("GET", client.cart(("mug", 2))).body
    assert CART <= set(cart)
    assert LINE <= set(cart["lines"][0])


def test_checkout_answers_with_the_order(client):
    client.product("mug", 1250)
    order = client.checkout(client.cart(("mug", 2)))
    assert order.status == 201
    assert order.body["total_cents"] == 2 * 1250 + 499
    assert order.body["payment"]["status"] == "authorised"


def test_the_same_key_gives_the_same_order(client):
    client.product("mug", 1250)
    cart = client.cart(("mug", 2))
    assert client.checkout(cart).body == client.checkout(cart).body


def test_errors_have_a_code_and_a_message(client):
    answer = client("GET", "/orders/99")
    assert answer.status == 404
    assert answer.body["error"]["code"] == "unknown_order"
    assert answer.body["error"]["message"]


def test_a_declined_card_is_a_402(client):
    client.product("mug", 1250)
    answer = client.checkout(client.cart(("mug", 1)), card="tok_decline_0002")
    assert (answer.status, answer.body["error"]["code"]) == (402, "card_declined")


def test_a_batch_is_answered_in_order(client):
    client.product("mug", 1250)
    cart = client.cart(("mug", 1))
    requests = [
        {"method": "GET", "path": "/products/none"},
        {"method": "POST", "path": f"{cart}/lines", "body": {"sku": "mug", "qty": 1}},
        {"method": "GET", "path": cart},
    ]
    answers = client("POST", "/batch", {"requests": requests}).body["answers"]
    assert [answer["status"] for answer in answers] == [404, 200, 200]
    assert answers[2]["body"]["subtotal_cents"] == 2500


def test_statements_are_counted(client):
    client.product("mug", 1250)
    cart = client.cart(("mug", 1))
    headers = client("GET", cart).headers
    assert int(headers["X-Db-Reads"]) > 0
    assert headers["X-Db-Writes"] == "0"
