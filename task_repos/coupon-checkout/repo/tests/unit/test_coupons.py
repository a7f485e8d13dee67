from tests.conftest import NOON
from tests.unit.test_sales import sale


def test_ten_per_cent(client):
    client.product("pen", 1005)
    client.product("pad", 2000)
    client.coupon("SAVE10", kind="percent", percent=10)
    cart = client.cart(("pen", 1), ("pad", 2))
    answer = client("PUT", f"{cart}/coupon", {"code": "SAVE10"}).body
    assert [line["discount_cents"] for line in answer["lines"]] == [101, 400]


def test_an_amount_is_spread_over_the_lines(client):
    client.product("pen", 1000)
    client.product("pad", 3000)
    client.coupon("FIVE", kind="amount", amount_cents=500)
    cart = client.cart(("pen", 1), ("pad", 1))
    answer = client("PUT", f"{cart}/coupon", {"code": "FIVE"}).body
    assert [line["discount_cents"] for line in answer["lines"]] == [125, 375]


def test_the_floor_stops_a_coupon(client):
    client.product("pen", 1000, floor_cents=950)
    client.coupon("SAVE10", kind="percent", percent=10)
    cart = client.cart(("pen", 2))
    answer = client("PUT", f"{cart}/coupon", {"code": "SAVE10"}).body
    assert answer["discount_cents"] == 100


def test_a_sale_has_its_own_floor(client):
    client.product("pen", 1000, floor_cents=950)
    sale(client, "pen", 800, floor_cents=750)
    client.coupon("SAVE10", kind="percent", percent=10)
    cart = client.cart(("pen", 2))
    answer = client("PUT", f"{cart}/coupon", {"code": "SAVE10"}).body
    assert answer["discount_cents"] == 100


def test_uses_are_counted_and_given_back(client):
    client.product("pen", 1000)
    client.coupon("ONCE", kind="percent", percent=10, max_uses=1)
    cart = client.cart(("pen", 1))
    client("PUT", f"{cart}/coupon", {"code": "ONCE"})
    order = client.checkout(cart).body
    assert client("GET", "/coupons/ONCE").body["uses"] == 1
    client("POST", f"/orders/{order['id']}/cancel")
    assert client("GET", "/coupons/ONCE").body["uses"] == 0


def test_not_valid_yet(client):
    client.product("pen", 1000)
    client.coupon("SOON", kind="percent", percent=10, valid_from=NOON + 1)
    cart = client.cart(("pen", 1))
    answer = client("PUT", f"{cart}/coupon", {"code": "SOON"})
    assert (answer.status, answer.body["error"]["code"]) == (409, "coupon_not_valid")
