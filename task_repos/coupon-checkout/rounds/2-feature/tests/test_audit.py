"""README, stacking: the audit says how an order came to its total, and never changes."""


def test_prices_then_coupons_in_the_order_they_worked(shop):
    lamp = shop.product(8000, floor_cents=7000)
    sale = shop.sale(lamp, 6000, 5700, end=300)
    pen = shop.product(1005)
    shop.at(100)
    cart = shop.cart((lamp, 2), pen)
    capped = shop.coupon("amount", amount_cents=900, cap_cents=700, stackable=True)
    ten = shop.coupon(percent=10, stackable=True)
    ship = shop.coupon("shipping", stackable=True)
    shop.stack(cart, ship, capped, ten)
    shop.at(500)
    shop.browse(lamp)
    order = shop.order(cart)
    assert shop.get(f"/orders/{order['id']}/audit") == {
        "order_id": order["id"],
        "entries": [
            {
                "seq": 1, "kind": "price", "sku": lamp, "qty": 2, "unit_cents": 6000,
                "price_source": "sale", "sale_id": sale, "floor_cents": 5700,
                "held_until": shop.t0 + 1000,
            },
            {
                "seq": 2, "kind": "price", "sku": pen, "qty": 1, "unit_cents": 1005,
                "price_source": "regular", "sale_id": None, "floor_cents": 0, "held_until": None,
            },
            {
                "seq": 3, "kind": "coupon", "code": ten, "wanted_cents": 1301,
                "applied_cents": 701, "limited_by": ["floor"],
            },
            {
                "seq": 4, "kind": "coupon", "code": capped, "wanted_cents": 900,
                "applied_cents": 51, "limited_by": ["cap", "floor"],
            },
            {
                "seq": 5, "kind": "coupon", "code": ship, "wanted_cents": 0, "applied_cents": 0,
                "limited_by": [],
            },
        ],
    }
    assert order["discount_cents"] == 701 + 51


def test_every_limit_has_its_name(shop):
    cart = shop.cart(shop.product(1000, floor_cents=850))
    over = shop.coupon(percent=20, min_subtotal_cents=1001, stackable=True)
    capped = shop.coupon(percent=20, cap_cents=100, stackable=True)
    amount = shop.coupon("amount", amount_cents=5000, stackable=True)
    shop.stack(cart, over, capped, amount)
    found = [
        (entry["code"], entry["wanted_cents"], entry["applied_cents"], entry["limited_by"])
        for entry in shop.audit(shop.order(cart))
    ]
    assert found == [
        (over, 0, 0, ["min_subtotal"]), (capped, 200, 100, ["cap"]), (amount, 900, 50, ["floor"]),
    ]


def test_it_stays_as_it_was_written(shop):
    sku = shop.own_product(1000)
    code = shop.own_coupon("percent", percent=10)
    order = shop.order(shop.cart(sku, coupon=code))
    path = f"/orders/{order['id']}"
    before = shop.get(f"{path}/audit")
    assert [entry["applied_cents"] for entry in shop.audit(order)] == [100]
    shop.own_product(2000, floor_cents=2000, sku=sku)
    shop.ok("PUT", f"/coupons/{code}", {"kind": "amount", "amount_cents": 1})
    shop.ok("POST", f"{path}/capture")
    shop.ok("POST", f"{path}/refund")
    assert shop.get(f"{path}/audit") == before
    shop.refused(404, "unknown_order", "GET", "/orders/0/audit")


def test_an_order_from_before_has_no_entries(upgraded):
    assert upgraded["audit"].json() == {"order_id": 1, "entries": []}


def test_coupons_from_before(upgraded):
    assert upgraded["order"].json()["coupons"] == [{"code": "SAVE10", "discount_cents": 201}]
    assert upgraded["pens"].json()["coupons"] == [{"code": "SAVE10", "discount_cents": 302}]
    assert upgraded["coupon"].json()["stackable"] is False
