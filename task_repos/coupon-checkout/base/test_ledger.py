"""README, Books and Refunds: postings balance, refunds give back what was paid."""


def test_nothing_is_booked_before_capture(shop):
    order = shop.order(shop.cart(shop.product(1000)))
    assert shop.books(order) == {}
    shop.refused(409, "not_refundable", "POST", f"/orders/{order['id']}/refund", {})


def test_capture_books_gross_and_discount(shop):
    order = shop.order(shop.cart((shop.product(999), 3), coupon=shop.coupon(percent=10)))
    shop.ok("POST", f"/orders/{order['id']}/capture")
    assert shop.books(order) == {
        "card_clearing": 2697 + 499, "discounts": 300, "sales": -2997, "shipping": -499,
    }


def test_refunds_unit_by_unit_give_all_of_it(shop):
    sku = shop.product(999)
    order = shop.order(shop.cart((sku, 3), coupon=shop.coupon("amount", amount_cents=100)))
    path = f"/orders/{order['id']}"
    shop.ok("POST", f"{path}/capture")
    given = [
        shop.ok("POST", f"{path}/refund", {"lines": [{"sku": sku, "qty": 1}]})["refunded_cents"]
        for _ in range(3)
    ]
    assert given == [965, 1931, 2897 + 499]
    assert shop.get(path)["status"] == "refunded"
    assert shop.get(path)["payment"]["refunded_cents"] == order["total_cents"]
    assert shop.books(order) == {
        "card_clearing": 0, "discounts": 0, "sales": -2997, "returns": 2997, "shipping": 0,
    }


def test_a_refund_of_the_rest(shop):
    one, two = shop.product(1000), shop.product(3000)
    order = shop.order(shop.cart((one, 2), two))
    path = f"/orders/{order['id']}"
    shop.ok("POST", f"{path}/capture")
    partly = shop.ok("POST", f"{path}/refund", {"lines": [{"sku": one, "qty": 1}]})
    assert (partly["status"], partly["refunded_cents"]) == ("partly_refunded", 1000)
    too_many = {"lines": [{"sku": one, "qty": 2}]}
    shop.refused(409, "refund_exceeds_order", "POST", f"{path}/refund", too_many)
    rest = shop.ok("POST", f"{path}/refund")
    assert (rest["status"], rest["refunded_cents"]) == ("refunded", order["total_cents"])
