"""README, Checkout: the same key gives the same answer and never charges again."""


def test_the_same_answer_again(shop):
    sku = shop.own_product(1000)
    cart = shop.cart(sku)
    key = shop.name("key")
    first, second = shop.checkout(cart, key), shop.checkout(cart, key)
    assert (first.status, second.status) == (201, 201)
    assert first.json() == second.json()
    assert len(shop.charges(cart)) == 1
    assert shop.get(f"/products/{sku}")["stock"] == 999


def test_another_request_under_the_key(shop):
    sku = shop.product(1000)
    cart, other = shop.cart(sku), shop.cart(sku)
    key = shop.name("key")
    shop.order(cart, key)
    for path, card in ((cart, "tok_amex_0005"), (other, "tok_visa_4242")):
        answer = shop.checkout(path, key, card=card)
        assert answer.status == 422
        assert answer.json()["error"]["code"] == "idempotency_key_reused"
    assert shop.charges(other) == []


def test_the_answer_is_of_then_not_of_now(shop):
    cart = shop.cart(shop.product(1000))
    key = shop.name("key")
    order = shop.order(cart, key)
    shop.ok("POST", f"/orders/{order['id']}/capture")
    assert shop.checkout(cart, key).json() == order


def test_a_failure_keeps_nothing_under_its_key(shop):
    cart = shop.cart(shop.product(1000))
    key = shop.name("key")
    assert shop.checkout(cart, key, expect_total_cents=1).status == 409
    assert shop.order(cart, key, expect_total_cents=1499)["total_cents"] == 1499


def test_without_a_key_and_with_a_new_one(shop):
    cart = shop.cart(shop.product(1000))
    shop.refused(400, "invalid", "POST", f"{cart}/checkout", {"card": "tok_visa_4242"})
    order = shop.order(cart)
    again = shop.checkout(cart)
    assert (again.status, again.json()["error"]["code"]) == (409, "cart_closed")
    assert shop.get(cart)["order_id"] == order["id"]
