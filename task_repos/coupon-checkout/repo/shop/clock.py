"""What time it is. Support and tests may stop the clock (POST /debug/clock)."""

import time


class Clock:
    def __init__(self):
        self._stopped_at = None

    def now(self):
        """Unix seconds, a whole number."""
        if self._stopped_at is not None:
            return self._stopped_at
        return int(time.time())

    def set(self, now):
        """Stop the clock at `now`; None lets it run again."""
        self._stopped_at = now
