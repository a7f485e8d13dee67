"""Orders and what can still happen to them: capture, cancel, refund."""

from shop import fields
from shop.errors import conflict, not_found


class Orders:
    def __init__(self, store, clock, catalogue, coupons, payments, ledger, events):
        self._store = store
        self._clock = clock
        self._catalogue = catalogue
        self._coupons = coupons
        self._payments = payments
        self._ledger = ledger
        self._events = events

    def create(self, cart, quote, charge):
        done = self._store.run(
            "INSERT INTO orders (cart_id, customer, status, subtotal_cents, discount_cents,"
            " shipping_cents, total_cents, charge_id, placed_at, coupon_code, coupon_note)"
            " VALUES (?, ?, 'authorised', ?, ?, ?, ?, ?, ?, ?, ?)",
            cart.id, cart.customer, quote.subtotal_cents, quote.discount_cents,
            quote.shipping_cents, quote.total_cents, charge.id, self._clock.now(),
            cart.coupon_code, quote.coupon_note,
        )
        for line in quote.lines:
            self._store.run(
                "INSERT INTO order_lines (order_id, sku, qty, unit_cents, price_source,"
                " gross_cents, discount_cents, net_cents) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                done.lastrowid, line.sku, line.qty, line.unit_cents, line.price_source,
                line.gross_cents, line.discount_cents, line.net_cents,
            )
        return done.lastrowid

    def as_json(self, order_id):
        order = self._row(order_id)
        lines = self._lines(order_id)
        refunded = sum(line["refunded_cents"] for line in lines)
        if order["shipping_refunded"]:
            refunded += order["shipping_cents"]
        return {
            "id": order["id"],
            "cart_id": order["cart_id"],
            "customer": order["customer"],
            "status": order["status"],
            "placed_at": order["placed_at"],
            "lines": [
                {
                    "sku": line["sku"],
                    "qty": line["qty"],
                    "unit_cents": line["unit_cents"],
                    "price_source": line["price_source"],
                    "gross_cents": line["gross_cents"],
                    "discount_cents": line["discount_cents"],
                    "net_cents": line["net_cents"],
                    "refunded_qty": line["refunded_qty"],
                    "refunded_cents": line["refunded_cents"],
                }
                for line in lines
            ],
            "coupon": order["coupon_code"],
            "coupon_note": order["coupon_note"],
            "subtotal_cents": order["subtotal_cents"],
            "discount_cents": order["discount_cents"],
            "shipping_cents": order["shipping_cents"],
            "total_cents": order["total_cents"],
            "refunded_cents": refunded,
            "payment": self._payments.of_order(order["charge_id"]),
        }

    def capture(self, order_id):
        """Take the money and book the sale. A captured order stays as it is."""
        order = self._row(order_id)
        if order["status"] == "captured":
            return
        if order["status"] != "authorised":
            raise conflict("not_capturable", f"the order is {order['status']}")
        with self._store.transaction():
            self._payments.capture(order["charge_id"])
            self._ledger.post(
                order_id, "capture",
                debits={
                    "card_clearing": order["total_cents"],
                    "discounts": order["discount_cents"],
                },
                credits={
                    "sales": order["subtotal_cents"],
                    "shipping": order["shipping_cents"],
                },
            )
            self._set_status(order, "captured")

    def cancel(self, order_id):
        """Let the authorisation go; stock and coupon come back."""
        order = self._row(order_id)
        if order["status"] != "authorised":
            raise conflict("not_cancellable", f"the order is {order['status']}")
        with self._store.transaction():
            self._payments.void(order["charge_id"])
            for line in self._lines(order_id):
                self._catalogue.give_back(line["sku"], line["qty"])
            if order["coupon_code"] is not None:
                self._coupons.release(order["coupon_code"])
            self._set_status(order, "cancelled")

    def refund(self, order_id, body):
        """Give back some lines, or all that is left when `lines` is missing."""
        order = self._row(order_id)
        if order["status"] not in ("captured", "partly_refunded"):
            raise conflict("not_refundable", f"the order is {order['status']}")
        lines = {line["sku"]: line for line in self._lines(order_id)}
        wanted = _wanted(body, lines)
        for sku, qty in wanted.items():
            if sku not in lines:
                raise not_found("line", sku)
            if qty > lines[sku]["qty"] - lines[sku]["refunded_qty"]:
                raise conflict("refund_exceeds_order", f"more of {sku} than was bought", sku=sku)
        with self._store.transaction():
            self._give_money_back(order, lines, wanted)

    def _give_money_back(self, order, lines, wanted):
        gross = net = left = 0
        for sku, line in lines.items():
            refunded_qty = line["refunded_qty"] + wanted.get(sku, 0)
            left += line["qty"] - refunded_qty
            # The share of what was paid so far, so that all units together give all of it.
            cents = line["net_cents"] * refunded_qty // line["qty"] - line["refunded_cents"]
            gross += line["unit_cents"] * wanted.get(sku, 0)
            net += cents
            self._store.run(
                "UPDATE order_lines SET refunded_qty = ?, refunded_cents = refunded_cents + ?"
                " WHERE order_id = ? AND sku = ?",
                refunded_qty, cents, order["id"], sku,
            )
        shipping = 0 if left else order["shipping_cents"]
        if not left:
            self._store.run("UPDATE orders SET shipping_refunded = 1 WHERE id = ?", order["id"])
        self._payments.refund(order["charge_id"], net + shipping)
        self._ledger.post(
            order["id"], "refund",
            debits={"returns": gross, "shipping": shipping},
            credits={"discounts": gross - net, "card_clearing": net + shipping},
        )
        self._set_status(order, "partly_refunded" if left else "refunded", net + shipping)

    def _set_status(self, order, status, cents=None):
        self._store.run("UPDATE orders SET status = ? WHERE id = ?", status, order["id"])
        detail = {} if cents is None else {"refund_cents": cents}
        self._events.record(f"order.{status}", order["cart_id"], order["id"], **detail)

    def _row(self, order_id):
        row = self._store.one("SELECT * FROM orders WHERE id = ?", order_id)
        if row is None:
            raise not_found("order", order_id)
        return row

    def _lines(self, order_id):
        return self._store.all(
            "SELECT * FROM order_lines WHERE order_id = ? ORDER BY rowid", order_id
        )


def _wanted(body, lines):
    items = fields.items({} if body is None else body, "lines", default=[])
    if not items:
        return {sku: line["qty"] - line["refunded_qty"] for sku, line in lines.items()}
    wanted = {}
    for item in items:
        sku = fields.text(item, "sku")
        wanted[sku] = wanted.get(sku, 0) + fields.whole(item, "qty", minimum=1)
    return wanted
