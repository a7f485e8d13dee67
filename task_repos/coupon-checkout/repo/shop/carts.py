"""Carts and their lines. What a cart costs is pricing.py's business."""

from dataclasses import dataclass

from shop import fields
from shop.errors import conflict, not_found
from shop.promo_cache import HOLD_SECONDS


@dataclass(frozen=True)
class CartLine:
    sku: str
    qty: int
    unit_cents: int  # the price when the line was added
    sale_key: str | None  # the snapshot that price came from; None at the regular price
    added_at: int

    @property
    def held_until(self):
        return None if self.sale_key is None else self.added_at + HOLD_SECONDS


@dataclass(frozen=True)
class Cart:
    id: int
    customer: str
    status: str
    coupon_code: str | None
    order_id: int | None
    lines: tuple


class Carts:
    def __init__(self, store, clock, catalogue, promos):
        self._store = store
        self._clock = clock
        self._catalogue = catalogue
        self._promos = promos

    def create(self, body):
        """A new cart, empty or with `lines` (the app's "order again")."""
        customer = fields.text(body, "customer")
        lines = fields.items(body, "lines", default=[])
        with self._store.transaction():
            cart_id = self._store.run(
                "INSERT INTO carts (customer, created_at) VALUES (?, ?)",
                customer, self._clock.now(),
            ).lastrowid
            for line in lines:
                self.add_line(cart_id, line)
        return cart_id

    def get(self, cart_id):
        row = self._store.one("SELECT * FROM carts WHERE id = ?", cart_id)
        if row is None:
            raise not_found("cart", cart_id)
        lines = self._store.all(
            "SELECT * FROM cart_lines WHERE cart_id = ? ORDER BY rowid", cart_id
        )
        return Cart(
            id=row["id"],
            customer=row["customer"],
            status=row["status"],
            coupon_code=row["coupon_code"],
            order_id=row["order_id"],
            lines=tuple(_line(row) for row in lines),
        )

    def add_line(self, cart_id, body):
        """Put `qty` more of a product in the cart."""
        sku = fields.text(body, "sku")
        qty = fields.whole(body, "qty", minimum=1, maximum=999)
        cart = self.open_cart(cart_id)
        product = self._catalogue.get(sku)
        now = self._clock.now()
        for line in cart.lines:
            if line.sku == sku and self._held(line, now):
                self._store.run(
                    "UPDATE cart_lines SET qty = qty + ? WHERE cart_id = ? AND sku = ?",
                    qty, cart_id, sku,
                )
                return
        snap = self._promos.current(sku, now)
        self._store.run(
            "INSERT INTO cart_lines (cart_id, sku, qty, unit_cents, sale_key, added_at)"
            " VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (cart_id, sku) DO UPDATE SET qty = qty + excluded.qty,"
            " unit_cents = excluded.unit_cents, sale_key = excluded.sale_key,"
            " added_at = excluded.added_at",
            cart_id, sku, qty,
            snap.price_cents if snap else product.price_cents,
            snap.key if snap else None,
            now,
        )

    def remove_line(self, cart_id, sku):
        self.open_cart(cart_id)
        done = self._store.run(
            "DELETE FROM cart_lines WHERE cart_id = ? AND sku = ?", cart_id, sku
        )
        if done.rowcount == 0:
            raise not_found("line", sku)

    def set_coupon(self, cart_id, code):
        """`code` None takes the coupon off."""
        self.open_cart(cart_id)
        self._store.run("UPDATE carts SET coupon_code = ? WHERE id = ?", code, cart_id)

    def close(self, cart_id, order_id):
        self._store.run(
            "UPDATE carts SET status = 'ordered', order_id = ? WHERE id = ?", order_id, cart_id
        )

    def open_cart(self, cart_id):
        cart = self.get(cart_id)
        if cart.status != "open":
            raise conflict("cart_closed", "the cart has been ordered", order_id=cart.order_id)
        return cart

    def _held(self, line, now):
        if line.sale_key is None:
            return False
        snap = self._promos.get(line.sale_key)
        return snap is None or not snap.lapsed(line.added_at, now)


def _line(row):
    return CartLine(
        sku=row["sku"],
        qty=row["qty"],
        unit_cents=row["unit_cents"],
        sale_key=row["sale_key"],
        added_at=row["added_at"],
    )
