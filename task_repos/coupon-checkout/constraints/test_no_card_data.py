"""Rule: a card token is never given back or written to the journal, only its last four digits."""


def test_only_the_last_four(shop):
    token = "tok_" + shop.mark + "_7351"
    cart = shop.cart(shop.product(1000))
    key = shop.name("key")
    declined = shop.checkout(cart, key, card="tok_decline_0002")
    placed = shop.checkout(cart, key, card=token)
    order = placed.json()
    path = f"/orders/{order['id']}"
    number = cart.rsplit("/", 1)[1]
    answers = [declined, placed, shop.checkout(cart, key, card=token)]
    for method, target in (
        ("POST", f"{path}/capture"), ("GET", path), ("GET", f"{path}/audit"), ("GET", cart),
        ("GET", f"/events?cart={number}"), ("GET", f"/debug/provider?cart={number}"),
    ):
        answers.append(shop.call(method, target))
    text = "\n".join(answer.text for answer in answers)
    assert order["payment"]["card_last4"] == "7351"
    assert token not in text and "tok_" not in text and shop.mark + "_" not in text
    assert "order.placed" in text
