"""From cart to order: price it, authorise the card, write everything down at once."""

from shop import fields, idempotency, payments
from shop.errors import conflict, invalid


class Checkout:
    def __init__(self, store, carts, catalogue, coupons, pricing, payments, orders, keys, events):
        self._store = store
        self._carts = carts
        self._catalogue = catalogue
        self._coupons = coupons
        self._pricing = pricing
        self._payments = payments
        self._orders = orders
        self._keys = keys
        self._events = events

    def place(self, cart_id, key, body):
        """The order as JSON; the same answer again for a repeated `key`."""
        if not key:
            raise invalid("the Idempotency-Key header is missing")
        card = fields.text(body, "card")
        payments.check_card(card)
        expected = fields.whole(body, "expect_total_cents", default=None)

        cart = self._carts.get(cart_id)
        quote = self._pricing.quote(cart)
        fingerprint = idempotency.fingerprint(cart_id, body, quote.total_cents)
        answer = self._keys.find(key, fingerprint)
        if answer is not None:
            return answer

        self._check(cart, quote, expected)
        charge = self._payments.authorise(cart.id, quote.total_cents, card)
        try:
            with self._store.transaction():
                return self._write(cart, quote, charge, key, fingerprint)
        except BaseException:
            self._payments.void(charge.id)
            raise

    def _check(self, cart, quote, expected):
        if cart.status != "open":
            raise conflict("cart_closed", "the cart has been ordered", order_id=cart.order_id)
        if not cart.lines:
            raise conflict("cart_empty", "there is nothing in the cart")
        for line in cart.lines:
            self._catalogue.check_stock(line.sku, line.qty)
        if cart.coupon_code is not None:
            self._coupons.usable(cart.coupon_code)
        if expected is not None and expected != quote.total_cents:
            raise conflict(
                "price_changed", "the total is not what you expected",
                total_cents=quote.total_cents,
            )

    def _write(self, cart, quote, charge, key, fingerprint):
        order_id = self._orders.create(cart, quote, charge)
        for line in cart.lines:
            self._catalogue.take(line.sku, line.qty)
        if cart.coupon_code is not None:
            self._coupons.redeem(cart.coupon_code)
        self._carts.close(cart.id, order_id)
        self._events.record(
            "order.placed", cart.id, order_id, total_cents=quote.total_cents, card=charge.card
        )
        answer = self._orders.as_json(order_id)
        self._keys.keep(key, fingerprint, answer)
        return answer
