"""Everything wired together, and one function that answers a request."""

import json
import sys
import traceback

from shop import fields, routes
from shop.carts import Carts
from shop.catalogue import Catalogue
from shop.checkout import Checkout
from shop.clock import Clock
from shop.coupons import Coupons
from shop.errors import ShopError, invalid
from shop.events import Events
from shop.idempotency import Idempotency
from shop.ledger import Ledger
from shop.orders import Orders
from shop.payments import Payments
from shop.pricing import Pricing
from shop.promo_cache import PromoCache
from shop.provider import FakeProvider
from shop.sales import Sales

MAX_BATCH = 50


class Shop:
    def __init__(self, store):
        self.store = store
        self.clock = Clock()
        self.events = Events(store, self.clock)
        self.ledger = Ledger(store, self.clock)
        self.catalogue = Catalogue(store)
        self.promos = PromoCache(store)
        self.sales = Sales(store, self.catalogue, self.promos)
        self.coupons = Coupons(store, self.clock, self.catalogue, self.promos)
        self.carts = Carts(store, self.clock, self.catalogue, self.promos)
        self.pricing = Pricing(self.clock, self.catalogue, self.promos, self.coupons)
        self.payments = Payments(FakeProvider(store), self.events)
        self.orders = Orders(
            store, self.clock, self.catalogue, self.coupons, self.payments, self.ledger,
            self.events,
        )
        self.checkout = Checkout(
            store, self.carts, self.catalogue, self.coupons, self.pricing, self.payments,
            self.orders, Idempotency(store, self.clock), self.events,
        )

    def answer(self, method, target, headers, body):
        """`headers` with lower-case names, `body` text; returns (status, headers, object)."""
        try:
            parsed = json.loads(body) if body else None
        except (ValueError, RecursionError):
            return 400, {}, invalid("the body is not JSON").body()
        with self.store.lock:
            if (method, target) == ("POST", "/batch"):
                return self._answer_batch(parsed)
            return self._answer_one(method, target, headers, parsed)

    def _answer_one(self, method, target, headers, body):
        self.store.reads = self.store.writes = 0
        try:
            status, answer = routes.dispatch(self, method, target, headers, body)
        except ShopError as error:
            status, answer = error.status, error.body()
        except Exception:
            traceback.print_exc(file=sys.stderr)
            status = 500
            answer = ShopError(500, "internal", "something broke, sorry").body()
        counted = {
            "X-Db-Reads": str(self.store.reads), "X-Db-Writes": str(self.store.writes),
        }
        return status, counted, answer

    def _answer_batch(self, body):
        """Several requests in one, for the app on slow networks. Each stands for itself."""
        try:
            requests = [_unpack(item) for item in fields.items(body, "requests", MAX_BATCH)]
        except ShopError as error:
            return error.status, {}, error.body()
        answers = []
        for request in requests:
            status, counted, answer = self._answer_one(*request)
            answers.append({"status": status, "headers": counted, "body": answer})
        return 200, {}, {"answers": answers}


def _unpack(request):
    headers = request.get("headers", {})
    if not isinstance(headers, dict):
        raise invalid("headers must be an object")
    return (
        fields.text(request, "method"),
        fields.text(request, "path"),
        {name.lower(): str(value) for name, value in headers.items()},
        request.get("body"),
    )
