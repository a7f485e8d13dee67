"""The report: a rules file adds pricing rules; cart, order and audit know them by name."""

RULES = '''
def register(rules):
    rules.add("late", order=250, discount=late)
    rules.add("bulk", order=150, discount=bulk)


def bulk(basket):
    lines = basket["lines"]
    return {line["sku"]: line["net_cents"] // 10 for line in lines if line["qty"] >= 3}


def late(basket):
    if basket["customer"] != "staff" or basket["coupons"]:
        return {}
    assert basket["subtotal_cents"] == sum(line["gross_cents"] for line in basket["lines"])
    assert {(line["price_source"], line["floor_cents"]) for line in basket["lines"]} == {
        ("regular", 0), ("regular", 1900),
    }
    return {line["sku"]: line["unit_cents"] * line["qty"] for line in basket["lines"]}
'''


def test_rules_among_the_coupons(shop, replay):
    lines = [{"sku": "pen", "qty": 3}, {"sku": "pad", "qty": 1}]
    pad = {"name": "Pad", "price_cents": 2000, "floor_cents": 1900, "stock": 9}
    two = {"kind": "amount", "amount_cents": 200, "stackable": True}
    script = [
        ("GET", "/pricing/rules"),
        ("PUT", "/products/pen", {"name": "Pen", "price_cents": 1000, "stock": 9}),
        ("PUT", "/products/pad", pad),
        ("PUT", "/coupons/TEN", {"kind": "percent", "percent": 10, "stackable": True}),
        ("PUT", "/coupons/TWO", two),
        ("POST", "/carts", {"customer": "ann", "lines": lines}),
        ("POST", "/carts/1/coupons", {"code": "TWO"}),
        ("POST", "/carts/1/coupons", {"code": "TEN"}),
        ("POST", "/carts/1/checkout", {"card": "tok_visa_4242"}, "key"),
        ("GET", "/orders/1/audit"),
        ("POST", "/orders/1/capture"),
        ("GET", "/ledger/orders/1"),
        ("POST", "/orders/1/refund"),
        ("GET", "/carts/1"),
        ("POST", "/carts", {"customer": "staff", "lines": lines}),
    ]
    options = ("--rules", "{files}/rules.py")
    answers = [answer.json() for answer in replay(script, *options, **{"rules.py": RULES})]
    assert answers[0]["rules"] == [
        {"name": "percent", "order": 100}, {"name": "bulk", "order": 150},
        {"name": "amount", "order": 200}, {"name": "late", "order": 250},
        {"name": "shipping", "order": 300},
    ]
    shown, order, audit, captured, ledger, refunded, ordered, staff = answers[7:]
    assert shop.cuts(shown) == [300 + 270 + 112, 100]
    assert shown["adjustments"] == [{"rule": "bulk", "discount_cents": 270}]
    for document in (order, ordered):
        assert document["adjustments"] == shown["adjustments"]
        assert document["coupons"] == shown["coupons"] == [
            {"code": "TWO", "discount_cents": 112}, {"code": "TEN", "discount_cents": 400},
        ]
        assert shop.amounts(document) == shop.amounts(shown)
    assert audit["entries"][2:] == [
        {
            "seq": 3, "kind": "coupon", "code": "TEN", "wanted_cents": 500,
            "applied_cents": 400, "limited_by": ["floor"],
        },
        {
            "seq": 4, "kind": "rule", "rule": "bulk", "wanted_cents": 270,
            "applied_cents": 270, "limited_by": [],
        },
        {
            "seq": 5, "kind": "coupon", "code": "TWO", "wanted_cents": 200,
            "applied_cents": 112, "limited_by": ["floor"],
        },
    ]
    assert captured["payment"]["captured_cents"] == order["total_cents"] == 5000 - 782 + 499
    booked = {entry["account"]: entry["debit_cents"] for entry in ledger["entries"]}
    assert booked["discounts"] == 782
    assert refunded["refunded_cents"] == order["total_cents"]

    assert shop.cuts(staff) == [3000, 100]
    assert staff["adjustments"] == [
        {"rule": "bulk", "discount_cents": 300}, {"rule": "late", "discount_cents": 2800},
    ]
