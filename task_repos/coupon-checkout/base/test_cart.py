"""README, Routes, Price hold and Shipping: what a cart shows while the sale is running."""


def test_the_amounts_of_a_cart(shop):
    pen, pad = shop.product(120), shop.product(2000)
    cart = shop.get(shop.cart((pen, 3), pad))
    assert [(line["sku"], line["qty"], line["gross_cents"]) for line in cart["lines"]] == [
        (pen, 3, 360), (pad, 1, 2000),
    ]
    assert shop.amounts(cart) == {
        "subtotal_cents": 2360, "discount_cents": 0, "shipping_cents": 499, "total_cents": 2859,
    }
    assert {line["price_source"] for line in cart["lines"]} == {"regular"}
    assert {line["held_until"] for line in cart["lines"]} == {None}


def test_shipping_is_free_from_50_after_discounts(shop):
    sku = shop.product(5000)
    cart = shop.cart(sku)
    assert shop.get(cart)["shipping_cents"] == 0
    shop.ok("PUT", f"{cart}/coupon", {"code": shop.coupon(percent=1)})
    assert shop.get(cart)["shipping_cents"] == 499
    shop.ok("PUT", f"{cart}/coupon", {"code": shop.coupon("shipping")})
    assert shop.get(cart)["shipping_cents"] == 0
    shop.ok("DELETE", f"{cart}/lines/{sku}")
    assert shop.get(cart)["total_cents"] == 0


def test_a_sale_price_is_held(shop):
    sku = shop.on_sale(8000, 6000)
    shop.at(30)
    cart = shop.cart((sku, 2))
    (line,) = shop.get(cart)["lines"]
    assert (line["unit_cents"], line["price_source"]) == (6000, "sale")
    assert line["held_until"] == shop.t0 + 30 + 900
    shop.at(60)
    (line,) = shop.add(cart, sku, 1)["lines"]
    assert (line["qty"], line["held_until"]) == (3, shop.t0 + 30 + 900)


def test_a_line_from_before_the_sale_gets_the_sale_price(shop):
    sku = shop.product(8000)
    cart = shop.cart(sku)
    shop.sale(sku, 6000, start=50, end=100)
    shop.at(50)
    (line,) = shop.get(cart)["lines"]
    assert (line["unit_cents"], line["price_source"], line["held_until"]) == (6000, "sale", None)
    shop.at(100)
    shop.browse(sku)
    assert shop.get(cart)["total_cents"] == 8000


def test_what_can_go_wrong(shop):
    sku = shop.product(8000)
    cart = shop.cart()
    shop.refused(404, "unknown_product", "POST", f"{cart}/lines", {"sku": "nope", "qty": 1})
    shop.refused(404, "unknown_line", "DELETE", f"{cart}/lines/{sku}")
    shop.refused(404, "unknown_cart", "GET", "/carts/999999999")
    shop.refused(400, "invalid", "POST", f"{cart}/lines", {"sku": sku, "qty": 0})
    assert shop.checkout(cart).json()["error"]["code"] == "cart_empty"
