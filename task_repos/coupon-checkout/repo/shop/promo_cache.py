"""Sale prices in memory, so that product and cart pages do not hit the sales table.

The cache is rebuilt from the sales table at most once a minute, and right away when a
sale is created or changed. A cart line remembers the key of the snapshot it was priced
from, see carts.py.
"""

from dataclasses import dataclass

REBUILD_SECONDS = 60
HOLD_SECONDS = 15 * 60


@dataclass(frozen=True)
class PriceSnapshot:
    """What a sale said when the cache was built."""

    key: str
    sale_id: int
    sku: str
    price_cents: int
    floor_cents: int
    starts_at: int
    ends_at: int

    def running(self, now):
        return self.starts_at <= now < self.ends_at

    def lapsed(self, added_at, now):
        """Whether the hold of a line that was added at `added_at` is over."""
        return now >= added_at + HOLD_SECONDS


class PromoCache:
    def __init__(self, store):
        self._store = store
        self._snapshots = {}
        self._by_sku = {}
        self._built_at = None

    def current(self, sku, now):
        """The lowest sale price running now, as a snapshot, or None."""
        self._rebuild_if_stale(now)
        running = [snap for snap in self._by_sku.get(sku, ()) if snap.running(now)]
        return min(running, key=lambda snap: (snap.price_cents, snap.sale_id), default=None)

    def get(self, key):
        return self._snapshots.get(key)

    def forget(self):
        """A sale has changed: rebuild on the next look."""
        self._built_at = None

    def size(self):
        return len(self._snapshots)

    def _rebuild_if_stale(self, now):
        if self._built_at is not None and 0 <= now - self._built_at < REBUILD_SECONDS:
            return
        self._snapshots = {}
        self._by_sku = {}
        # Sales that are over can't be sold any more. Keeping them is what ate the memory
        # before 3.4 (see CHANGELOG).
        for row in self._store.all("SELECT * FROM sales WHERE ends_at > ? ORDER BY id", now):
            snap = PriceSnapshot(
                key=f"sale:{row['id']}",
                sale_id=row["id"],
                sku=row["sku"],
                price_cents=row["price_cents"],
                floor_cents=row["floor_cents"],
                starts_at=row["starts_at"],
                ends_at=row["ends_at"],
            )
            self._snapshots[snap.key] = snap
            self._by_sku.setdefault(snap.sku, []).append(snap)
        self._built_at = now
