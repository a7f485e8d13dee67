CREATE TABLE sales (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sku TEXT NOT NULL REFERENCES products (sku),
    price_cents INTEGER NOT NULL,
    floor_cents INTEGER NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
);
CREATE INDEX sales_by_end ON sales (ends_at);
CREATE TABLE coupons (
    code TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    percent INTEGER,
    amount_cents INTEGER,
    min_subtotal_cents INTEGER NOT NULL DEFAULT 0,
    max_uses INTEGER,
    uses INTEGER NOT NULL DEFAULT 0,
    valid_from INTEGER NOT NULL DEFAULT 0,
    valid_until INTEGER
);
ALTER TABLE cart_lines ADD COLUMN sale_key TEXT;
ALTER TABLE carts ADD COLUMN coupon_code TEXT;
ALTER TABLE orders ADD COLUMN coupon_code TEXT;
ALTER TABLE orders ADD COLUMN coupon_note TEXT;
