"""The report: paying with SAVE10 after the sale has closed on a full cart must work.

README, Price hold: while the hold lasts the customer pays the held price, though the sale closes.
"""


def closed_sale_cart(shop, coupon):
    lamp = shop.on_sale(10000, 8000, end=300)
    shop.at(200)
    cart = shop.cart(lamp, coupon=coupon)
    shop.at(400)
    shop.browse(lamp)
    return cart


def test_the_report(shop):
    cart = closed_sale_cart(shop, shop.coupon(percent=10))
    order = shop.order(cart)
    assert shop.amounts(order) == {
        "subtotal_cents": 8000, "discount_cents": 800, "shipping_cents": 0, "total_cents": 7200,
    }


def test_so_does_an_amount_off(shop):
    cart = closed_sale_cart(shop, shop.coupon("amount", amount_cents=1500))
    assert shop.order(cart)["total_cents"] == 6500


def test_so_does_the_cart_page(shop):
    cart = closed_sale_cart(shop, shop.coupon(percent=10))
    assert shop.get(cart)["total_cents"] == 7200
