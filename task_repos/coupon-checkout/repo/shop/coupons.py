"""Coupons: what they are, whether they may be used, what they take off.

    percent   so many per cent off every line
    amount    so many cents off, spread over the lines
    shipping  no shipping
"""

from dataclasses import asdict, dataclass

from shop import fields, money
from shop.errors import conflict, invalid, not_found


@dataclass(frozen=True)
class Coupon:
    code: str
    kind: str
    percent: int | None
    amount_cents: int | None
    min_subtotal_cents: int
    max_uses: int | None
    uses: int
    valid_from: int
    valid_until: int | None


class Coupons:
    def __init__(self, store, clock, catalogue, promos):
        self._store = store
        self._clock = clock
        self._catalogue = catalogue
        self._promos = promos

    def get(self, code):
        row = self._store.one("SELECT * FROM coupons WHERE code = ?", code)
        if row is None:
            raise not_found("coupon", code)
        return Coupon(**row)

    def put(self, code, body):
        """Create the coupon or replace it (its uses are kept); returns (coupon, created)."""
        known = self._store.one("SELECT uses FROM coupons WHERE code = ?", code)
        kind = fields.text(body, "kind")
        percent = amount = None
        if kind == "percent":
            percent = fields.whole(body, "percent", minimum=1, maximum=90)
        elif kind == "amount":
            amount = fields.whole(body, "amount_cents", minimum=1)
        elif kind != "shipping":
            raise invalid("kind must be percent, amount or shipping")
        coupon = Coupon(
            code=code,
            kind=kind,
            percent=percent,
            amount_cents=amount,
            min_subtotal_cents=fields.whole(body, "min_subtotal_cents", default=0),
            max_uses=fields.whole(body, "max_uses", minimum=1, default=None),
            uses=known["uses"] if known else 0,
            valid_from=fields.whole(body, "valid_from", default=0),
            valid_until=fields.whole(body, "valid_until", default=None),
        )
        self._store.run(
            "INSERT OR REPLACE INTO coupons (code, kind, percent, amount_cents,"
            " min_subtotal_cents, max_uses, uses, valid_from, valid_until)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            coupon.code, coupon.kind, coupon.percent, coupon.amount_cents,
            coupon.min_subtotal_cents, coupon.max_uses, coupon.uses, coupon.valid_from,
            coupon.valid_until,
        )
        return coupon, known is None

    def usable(self, code):
        """The coupon, or the reason why it can't be used now."""
        coupon = self.get(code)
        now = self._clock.now()
        over = coupon.valid_until is not None and now >= coupon.valid_until
        if now < coupon.valid_from or over:
            raise conflict("coupon_not_valid", f"{code} is not valid now", coupon=code)
        if coupon.max_uses is not None and coupon.uses >= coupon.max_uses:
            raise conflict("coupon_exhausted", f"{code} has been used up", coupon=code)
        return coupon

    def redeem(self, code):
        self._store.run("UPDATE coupons SET uses = uses + 1 WHERE code = ?", code)

    def release(self, code):
        self._store.run("UPDATE coupons SET uses = max(uses - 1, 0) WHERE code = ?", code)

    def discounts(self, code, lines):
        """Cents off each of the priced `lines`, in their order."""
        coupon = self.get(code)
        subtotal = sum(line.gross_cents for line in lines)
        if subtotal < coupon.min_subtotal_cents:
            return [0] * len(lines)
        if coupon.kind == "percent":
            wanted = [money.percent_of(line.gross_cents, coupon.percent) for line in lines]
        elif coupon.kind == "amount":
            amount = min(coupon.amount_cents, subtotal)
            wanted = money.spread(amount, [line.gross_cents for line in lines])
        else:
            wanted = [0] * len(lines)
        return [min(cents, self._room(line)) for cents, line in zip(wanted, lines)]

    def ships_free(self, code, subtotal):
        coupon = self.get(code)
        return coupon.kind == "shipping" and subtotal >= coupon.min_subtotal_cents

    def note(self, code):
        """For the receipt."""
        coupon = self.get(code)
        if coupon.kind == "percent":
            return f"{coupon.percent}% off"
        if coupon.kind == "amount":
            return f"{money.show(coupon.amount_cents)} off"
        return "free shipping"

    def _room(self, line):
        """How far a coupon may go on this line before it hits the floor."""
        if line.sale_key is None:
            floor = self._catalogue.get(line.sku).floor_cents
        else:
            floor = self._promos.get(line.sale_key).floor_cents
        return max(0, line.gross_cents - floor * line.qty)


def as_json(coupon):
    return asdict(coupon)
