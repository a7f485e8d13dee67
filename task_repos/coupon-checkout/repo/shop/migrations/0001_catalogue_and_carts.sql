CREATE TABLE products (
    sku TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    price_cents INTEGER NOT NULL,
    floor_cents INTEGER NOT NULL DEFAULT 0,
    stock INTEGER NOT NULL
);
CREATE TABLE carts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'open',
    created_at INTEGER NOT NULL,
    order_id INTEGER
);
CREATE TABLE cart_lines (
    cart_id INTEGER NOT NULL REFERENCES carts (id),
    sku TEXT NOT NULL REFERENCES products (sku),
    qty INTEGER NOT NULL,
    unit_cents INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    UNIQUE (cart_id, sku)
);
