"""Rule: the books balance to the cent after every order, and add up to the money moved."""


def test_per_order_and_overall(shop):
    sku, pen = shop.on_sale(1999, 1333, sale_floor=1200), shop.product(777)
    order = shop.order(shop.cart((sku, 3), (pen, 2), coupon=shop.coupon(percent=7)))
    path = f"/orders/{order['id']}"
    shop.ok("POST", f"{path}/capture")
    assert shop.books(order)["card_clearing"] == order["total_cents"]
    shop.ok("POST", f"{path}/refund", {"lines": [{"sku": sku, "qty": 2}]})
    shop.ok("POST", f"{path}/refund")
    payment = shop.get(path)["payment"]
    assert payment["captured_cents"] == payment["refunded_cents"] == order["total_cents"]
    assert shop.books(order)["card_clearing"] == 0
    balance = shop.get("/ledger/balance")
    assert balance["debits_cents"] == balance["credits_cents"]
    assert sum(balance["accounts"].values()) == 0
