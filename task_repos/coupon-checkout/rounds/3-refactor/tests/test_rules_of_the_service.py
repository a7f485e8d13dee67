"""The report: coupon kinds are rules, too; without a file there are no others."""


def test_the_built_in_rules(shop):
    assert shop.get("/pricing/rules") == {
        "rules": [
            {"name": "percent", "order": 100}, {"name": "amount", "order": 200},
            {"name": "shipping", "order": 300},
        ],
    }


def test_no_adjustments_without_rules(shop):
    cart = shop.cart(shop.product(1000), coupon=shop.coupon(percent=10))
    assert shop.get(cart)["adjustments"] == []
    order = shop.order(cart)
    assert order["adjustments"] == []
    assert [entry["kind"] for entry in shop.audit(order)] == ["coupon"]
