"""The report: cart, new line and checkout take no more SELECTs for more lines and more coupons."""


def reads(answer):
    assert answer.status in (200, 201), answer.text
    count = int(answer.headers["x-db-reads"])
    assert count > 0
    return count


def statements(shop, times, coupons):
    """SELECTs of: adding a line, showing the cart, checking it out.

    The cart holds `times` regular lines, as many held from a running sale, as many from a closed
    one; the cache is warm.
    """
    shop.at(0)
    plain = [shop.product(1000) for _ in range(times)]
    running = [shop.on_sale(2000, 1500, end=5000) for _ in range(times)]
    closed = [shop.on_sale(2000, 1500, end=100) for _ in range(times)]
    extra = shop.product(3000)
    cart = shop.cart(*plain, *running, *closed)
    shop.stack(cart, *[shop.coupon(percent=10, stackable=True) for _ in range(coupons)])
    shop.at(200)
    shop.browse(extra)
    shop.get(cart)
    added = shop.call("POST", f"{cart}/lines", {"sku": extra, "qty": 1})
    shown = shop.call("GET", cart)
    sold = shop.checkout(cart)
    assert len(sold.json()["lines"]) == 3 * times + 1
    all_shown = reads(shown) + int(shown.headers["x-db-writes"])
    return reads(added), all_shown, reads(sold), reads(shop.call("GET", cart))


def test_they_do_not_grow(shop):
    few, many = statements(shop, 1, 1), statements(shop, 4, 3)
    assert [more <= less for less, more in zip(few, many, strict=True)] == [True] * 4, (few, many)


def test_writes_are_still_counted(shop):
    cart = shop.cart()
    added = shop.call("POST", f"{cart}/lines", {"sku": shop.product(1000), "qty": 1})
    assert int(added.headers["x-db-writes"]) > 0
