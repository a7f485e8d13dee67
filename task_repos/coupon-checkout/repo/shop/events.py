"""The journal that support reads. Never card tokens, only the last four digits."""

import json


class Events:
    def __init__(self, store, clock):
        self._store = store
        self._clock = clock

    def record(self, kind, cart_id=None, order_id=None, **detail):
        self._store.run(
            "INSERT INTO events (at, kind, cart_id, order_id, detail) VALUES (?, ?, ?, ?, ?)",
            self._clock.now(), kind, cart_id, order_id, json.dumps(detail),
        )

    def of_cart(self, cart_id):
        rows = self._store.all("SELECT * FROM events WHERE cart_id = ? ORDER BY id", cart_id)
        return [
            {
                "at": row["at"],
                "kind": row["kind"],
                "order_id": row["order_id"],
                "detail": json.loads(row["detail"]),
            }
            for row in rows
        ]
