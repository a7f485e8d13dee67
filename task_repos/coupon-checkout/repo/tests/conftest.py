"""A shop in memory, driven like the HTTP service but without a socket."""

import json
from types import SimpleNamespace

import pytest

from shop.app import Shop
from shop.store import Store

NOON = 1_700_000_000


class Client:
    def __init__(self):
        self.shop = Shop(Store(":memory:"))
        self.at(NOON)

    def at(self, now):
        self.shop.clock.set(now)

    def __call__(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        text = "" if body is None else json.dumps(body)
        status, counted, answer = self.shop.answer(method, path, headers, text)
        return SimpleNamespace(status=status, headers=counted, body=answer)

    def product(self, sku, price_cents, floor_cents=0, stock=100):
        body = {"name": sku, "price_cents": price_cents, "floor_cents": floor_cents, "stock": stock}
        assert self("PUT", f"/products/{sku}", body).status in (200, 201)

    def cart(self, *lines):
        wanted = [{"sku": sku, "qty": qty} for sku, qty in lines]
        answer = self("POST", "/carts", {"customer": "ann", "lines": wanted})
        assert answer.status == 201
        return f"/carts/{answer.body['id']}"

    def coupon(self, code, **body):
        assert self("PUT", f"/coupons/{code}", body).status in (200, 201)

    def checkout(self, cart, key="k1", card="tok_visa_4242", **body):
        return self(
            "POST", f"{cart}/checkout", {"card": card, **body}, idempotency_key=key
        )


@pytest.fixture
def client():
    return Client()
