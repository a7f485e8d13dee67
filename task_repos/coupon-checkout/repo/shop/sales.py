"""Flash sales: a product at another price, with its own floor, for a window of time."""

from dataclasses import asdict, dataclass

from shop import fields
from shop.errors import invalid, not_found


@dataclass(frozen=True)
class Sale:
    id: int
    sku: str
    price_cents: int
    floor_cents: int
    starts_at: int
    ends_at: int

    def running(self, now):
        return self.starts_at <= now < self.ends_at


class Sales:
    def __init__(self, store, catalogue, promos):
        self._store = store
        self._catalogue = catalogue
        self._promos = promos

    def get(self, sale_id):
        row = self._store.one("SELECT * FROM sales WHERE id = ?", sale_id)
        if row is None:
            raise not_found("sale", sale_id)
        return Sale(**row)

    def create(self, body):
        sale = Sale(
            id=0,
            sku=fields.text(body, "sku"),
            price_cents=fields.whole(body, "price_cents", minimum=1),
            floor_cents=fields.whole(body, "floor_cents"),
            starts_at=fields.whole(body, "starts_at"),
            ends_at=fields.whole(body, "ends_at"),
        )
        self._catalogue.get(sale.sku)
        _check(sale)
        done = self._store.run(
            "INSERT INTO sales (sku, price_cents, floor_cents, starts_at, ends_at)"
            " VALUES (?, ?, ?, ?, ?)",
            sale.sku, sale.price_cents, sale.floor_cents, sale.starts_at, sale.ends_at,
        )
        self._promos.forget()
        return self.get(done.lastrowid)

    def change(self, sale_id, body):
        """Re-price a sale or move its end; marketing does both while it runs."""
        old = self.get(sale_id)
        sale = Sale(
            id=old.id,
            sku=old.sku,
            price_cents=fields.whole(body, "price_cents", minimum=1, default=old.price_cents),
            floor_cents=fields.whole(body, "floor_cents", default=old.floor_cents),
            starts_at=old.starts_at,
            ends_at=fields.whole(body, "ends_at", default=old.ends_at),
        )
        _check(sale)
        self._store.run(
            "UPDATE sales SET price_cents = ?, floor_cents = ?, ends_at = ? WHERE id = ?",
            sale.price_cents, sale.floor_cents, sale.ends_at, sale.id,
        )
        self._promos.forget()
        return sale


def as_json(sale):
    return asdict(sale)


def _check(sale):
    if sale.ends_at <= sale.starts_at:
        raise invalid("ends_at must be after starts_at")
    if sale.floor_cents > sale.price_cents:
        raise invalid("floor_cents is above price_cents")
