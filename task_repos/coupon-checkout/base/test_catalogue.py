"""README, Routes and Sales: products, their current price, the half-open window of a sale."""


def test_a_product_is_put_and_replaced(shop):
    sku = shop.name("sku")
    body = {"name": "Mug", "price_cents": 1250, "floor_cents": 900, "stock": 7}
    assert shop.call("PUT", f"/products/{sku}", body).status == 201
    assert shop.call("PUT", f"/products/{sku}", {**body, "price_cents": 1300}).status == 200
    product = shop.get(f"/products/{sku}")
    assert product == {
        "sku": sku, "name": "Mug", "price_cents": 1300, "floor_cents": 900, "stock": 7,
        "current_price_cents": 1300, "sale": None,
    }


def test_a_new_regular_price_shows_in_open_carts(shop):
    sku = shop.own_product(6000)
    cart = shop.cart(sku)
    assert shop.get(cart)["total_cents"] == 6000
    shop.own_product(7000, sku=sku)
    assert shop.get(cart)["total_cents"] == 7000


def test_the_window_is_half_open(shop):
    sku = shop.product(8000)
    sale = shop.sale(sku, 6000, start=100, end=200)
    prices = []
    for second in (99, 100, 199, 200):
        shop.at(second)
        prices.append(shop.get(f"/products/{sku}")["current_price_cents"])
    assert prices == [8000, 6000, 6000, 8000]
    assert shop.get(f"/sales/{sale}")["ends_at"] == shop.t0 + 200


def test_the_lowest_of_several_sales_counts(shop):
    sku = shop.product(8000)
    shop.sale(sku, 6500)
    low = shop.sale(sku, 6000, end=300)
    product = shop.get(f"/products/{sku}")
    assert product["sale"] == {"id": low, "ends_at": shop.t0 + 300}
    shop.at(300)
    assert shop.get(f"/products/{sku}")["current_price_cents"] == 6500


def test_a_changed_sale_shows_at_once(shop):
    sku = shop.product(8000)
    sale = shop.sale(sku, 6000)
    shop.browse(sku)
    shop.ok("PATCH", f"/sales/{sale}", {"price_cents": 5500})
    assert shop.get(f"/products/{sku}")["current_price_cents"] == 5500
    shop.ok("PATCH", f"/sales/{sale}", {"ends_at": shop.t0 + 1})
    shop.at(1)
    assert shop.get(f"/products/{sku}")["current_price_cents"] == 8000
