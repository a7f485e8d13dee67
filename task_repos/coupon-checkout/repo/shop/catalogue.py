"""Products: what we sell, the regular price, the lowest price, the stock."""

from dataclasses import dataclass

from shop import fields
from shop.errors import conflict, invalid, not_found


@dataclass(frozen=True)
class Product:
    sku: str
    name: str
    price_cents: int
    floor_cents: int
    stock: int


class Catalogue:
    def __init__(self, store):
        self._store = store

    def get(self, sku):
        row = self._store.one("SELECT * FROM products WHERE sku = ?", sku)
        if row is None:
            raise not_found("product", sku)
        return Product(**row)

    def all(self):
        return [Product(**row) for row in self._store.all("SELECT * FROM products ORDER BY sku")]

    def put(self, sku, body):
        """Create the product or replace it; returns (product, created)."""
        product = Product(
            sku=sku,
            name=fields.text(body, "name"),
            price_cents=fields.whole(body, "price_cents", minimum=1),
            floor_cents=fields.whole(body, "floor_cents", default=0),
            stock=fields.whole(body, "stock"),
        )
        if product.floor_cents > product.price_cents:
            raise invalid("floor_cents is above price_cents")
        known = self._store.one("SELECT sku FROM products WHERE sku = ?", sku)
        self._store.run(
            "INSERT INTO products (sku, name, price_cents, floor_cents, stock)"
            " VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (sku) DO UPDATE SET name = excluded.name,"
            " price_cents = excluded.price_cents, floor_cents = excluded.floor_cents,"
            " stock = excluded.stock",
            product.sku, product.name, product.price_cents, product.floor_cents, product.stock,
        )
        return product, known is None

    def check_stock(self, sku, qty):
        if self.get(sku).stock < qty:
            raise conflict("out_of_stock", f"not enough of {sku} left", sku=sku)

    def take(self, sku, qty):
        self._store.run("UPDATE products SET stock = stock - ? WHERE sku = ?", qty, sku)

    def give_back(self, sku, qty):
        self._store.run("UPDATE products SET stock = stock + ? WHERE sku = ?", qty, sku)
