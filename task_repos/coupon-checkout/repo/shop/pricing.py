"""What a cart costs now."""

from dataclasses import dataclass

SHIPPING_CENTS = 499
FREE_SHIPPING_FROM_CENTS = 5000


@dataclass
class PricedLine:
    sku: str
    qty: int
    unit_cents: int
    price_source: str  # "sale" or "regular"
    sale_key: str | None
    held_until: int | None
    discount_cents: int = 0

    @property
    def gross_cents(self):
        return self.unit_cents * self.qty

    @property
    def net_cents(self):
        return self.gross_cents - self.discount_cents


@dataclass(frozen=True)
class Quote:
    lines: list
    shipping_cents: int
    coupon_note: str | None

    @property
    def subtotal_cents(self):
        return sum(line.gross_cents for line in self.lines)

    @property
    def discount_cents(self):
        return sum(line.discount_cents for line in self.lines)

    @property
    def total_cents(self):
        return self.subtotal_cents - self.discount_cents + self.shipping_cents


class Pricing:
    def __init__(self, clock, catalogue, promos, coupons):
        self._clock = clock
        self._catalogue = catalogue
        self._promos = promos
        self._coupons = coupons

    def quote(self, cart):
        now = self._clock.now()
        lines = [self._price(line, now) for line in cart.lines]
        note = None
        if cart.coupon_code is not None:
            cuts = self._coupons.discounts(cart.coupon_code, lines)
            for line, cents in zip(lines, cuts):
                line.discount_cents = cents
            note = self._coupons.note(cart.coupon_code)
        return Quote(lines, self._shipping(cart, lines), note)

    def _price(self, line, now):
        """A price held from a sale while the hold lasts, else today's."""
        if line.sale_key is not None:
            snap = self._promos.get(line.sale_key)
            # The sale may be gone from the cache: keep what the customer saw (3.4.1).
            if snap is None or not snap.lapsed(line.added_at, now):
                return PricedLine(
                    line.sku, line.qty, line.unit_cents, "sale", line.sale_key, line.held_until
                )
        snap = self._promos.current(line.sku, now)
        if snap is not None:
            return PricedLine(line.sku, line.qty, snap.price_cents, "sale", snap.key, None)
        product = self._catalogue.get(line.sku)
        return PricedLine(line.sku, line.qty, product.price_cents, "regular", None, None)

    def _shipping(self, cart, lines):
        if not lines:
            return 0
        subtotal = sum(line.gross_cents for line in lines)
        if cart.coupon_code is not None and self._coupons.ships_free(cart.coupon_code, subtotal):
            return 0
        goods = sum(line.net_cents for line in lines)
        return 0 if goods >= FREE_SHIPPING_FROM_CENTS else SHIPPING_CENTS
