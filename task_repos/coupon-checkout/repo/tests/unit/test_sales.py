from tests.conftest import NOON


def sale(client, sku, price_cents, floor_cents=0, starts_at=NOON, ends_at=NOON + 3600):
    body = {
        "sku": sku, "price_cents": price_cents, "floor_cents": floor_cents,
        "starts_at": starts_at, "ends_at": ends_at,
    }
    answer = client("POST", "/sales", body)
    assert answer.status == 201
    return answer.body["id"]


def test_the_sale_price_counts_inside_the_window(client):
    client.product("lamp", 8000)
    sale(client, "lamp", 6000)
    assert client("GET", "/products/lamp").body["current_price_cents"] == 6000
    client.at(NOON + 3600)
    assert client("GET", "/products/lamp").body["current_price_cents"] == 8000


def test_a_held_price_outlives_the_sale(client):
    client.product("lamp", 8000)
    sale(client, "lamp", 6000, ends_at=NOON + 300)
    cart = client.cart(("lamp", 1))
    client.at(NOON + 400)
    client("GET", "/products/lamp")
    assert client("GET", cart).body["total_cents"] == 6000


def test_a_hold_lapses_while_the_sale_goes_on(client):
    client.product("lamp", 8000)
    number = sale(client, "lamp", 6000)
    cart = client.cart(("lamp", 1))
    client("PATCH", f"/sales/{number}", {"price_cents": 7000})
    client.at(NOON + 900)
    client("GET", "/products/lamp")
    assert client("GET", cart).body["total_cents"] == 7000


def test_the_cache_forgets_sales_that_are_over(client):
    client.product("lamp", 8000)
    sale(client, "lamp", 6000, ends_at=NOON + 300)
    client("GET", "/products/lamp")
    assert client("GET", "/debug/metrics").body == {"promo_cache_entries": 1}
    client.at(NOON + 300 + 1200)
    client("GET", "/products/lamp")
    assert client("GET", "/debug/metrics").body == {"promo_cache_entries": 0}
