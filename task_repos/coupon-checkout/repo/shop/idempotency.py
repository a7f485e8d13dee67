"""Answers to checkouts, kept by the client's Idempotency-Key."""

import hashlib
import json

from shop.errors import ShopError


class Idempotency:
    def __init__(self, store, clock):
        self._store = store
        self._clock = clock

    def find(self, key, fingerprint):
        """The answer given before under this key, or None."""
        row = self._store.one("SELECT * FROM idempotency WHERE key = ?", key)
        if row is None:
            return None
        if row["fingerprint"] != fingerprint:
            raise ShopError(
                422, "idempotency_key_reused", "this Idempotency-Key came with another request"
            )
        return json.loads(row["answer"])

    def keep(self, key, fingerprint, answer):
        self._store.run(
            "INSERT INTO idempotency (key, fingerprint, answer, at) VALUES (?, ?, ?, ?)",
            key, fingerprint, json.dumps(answer), self._clock.now(),
        )


def fingerprint(*parts):
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
