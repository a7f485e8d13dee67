"""Whole Unix seconds. Tests and support stop the clock."""

from __future__ import annotations

import time


class Clock:
    def __init__(self) -> None:
        self._stopped_at: int | None = None

    def now(self) -> int:
        return int(time.time()) if self._stopped_at is None else self._stopped_at

    def stop(self, at: int | None) -> None:
        """None lets it run again."""
        self._stopped_at = at
