"""README, stacking: up to three, all stackable, one by one on and off; old routes replace."""


def test_what_does_not_go_together(shop):
    alone = shop.coupon(percent=10)
    one, two, three, four = (shop.coupon(percent=10, stackable=True) for _ in range(4))
    cart = shop.cart(shop.product(1000))
    shop.stack(cart, one)
    body = {"code": alone}
    shop.refused(409, "coupon_not_stackable", "POST", f"{cart}/coupons", body)
    shop.stack(cart, two, three)
    shop.refused(409, "too_many_coupons", "POST", f"{cart}/coupons", {"code": four})
    again = shop.stack(cart, two)
    assert [coupon["code"] for coupon in again["coupons"]] == [one, two, three]
    shop.ok("PUT", f"{cart}/coupon", body)
    shop.refused(409, "coupon_not_stackable", "POST", f"{cart}/coupons", {"code": one})


def test_taken_off_one_by_one(shop):
    one, two = (shop.coupon(percent=10, stackable=True) for _ in range(2))
    cart = shop.cart(shop.product(1000))
    shop.stack(cart, one, two)
    left = shop.ok("DELETE", f"{cart}/coupons/{one}")
    assert (left["coupon"], left["discount_cents"]) == (two, 100)
    shop.refused(404, "unknown_coupon", "DELETE", f"{cart}/coupons/{one}")
    shop.refused(404, "unknown_coupon", "POST", f"{cart}/coupons", {"code": "nope"})
    assert shop.ok("DELETE", f"{cart}/coupons/{two}")["coupons"] == []


def test_the_old_routes_replace_all(shop):
    one, two = (shop.coupon(percent=10, stackable=True) for _ in range(2))
    alone = shop.coupon("amount", amount_cents=300)
    cart = shop.cart(shop.product(1000))
    assert shop.get(cart)["coupons"] == []
    shop.stack(cart, one, two)
    shown = shop.ok("PUT", f"{cart}/coupon", {"code": alone})
    assert shown["coupons"] == [{"code": alone, "discount_cents": 300}]
    assert shown["coupon"] == alone
    shown = shop.ok("DELETE", f"{cart}/coupon")
    assert (shown["coupon"], shown["coupons"], shown["discount_cents"]) == (None, [], 0)


def test_the_new_fields_of_a_coupon(shop):
    plain = shop.get(f"/coupons/{shop.coupon(percent=10)}")
    assert (plain["stackable"], plain["cap_cents"]) == (False, None)
    capped = shop.get(f"/coupons/{shop.coupon(percent=10, stackable=True, cap_cents=500)}")
    assert (capped["stackable"], capped["cap_cents"]) == (True, 500)
    body = {"kind": "percent", "percent": 10}
    for wrong in ({"cap_cents": 0}, {"cap_cents": 1.5}, {"stackable": "yes"}):
        shop.refused(400, "invalid", "PUT", "/coupons/WRONG", {**body, **wrong})
