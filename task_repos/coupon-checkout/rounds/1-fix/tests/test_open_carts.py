"""The report's rule on data: carts that are open while the fix goes live are priced right, too."""


def test_a_cart_held_before_the_deployment(shop, upgraded):
    held = upgraded["held cart after the sale"].json()
    assert shop.amounts(held)["total_cents"] == 5700
    assert held["lines"][0]["held_until"] == 1_700_001_400
    assert shop.amounts(upgraded["cart after the hold"].json())["total_cents"] == 7200
    assert upgraded["bought"].json()["total_cents"] == 5700
