"""What a run may cost."""

from __future__ import annotations

import threading

from evaluator.run.folder import RunError


class Budget:
    """Dollars that a run's trials may come to together; None is no limit. Added to from several threads.

    A trial that runs is not cut short: a result that a price cut off would say nothing of its agent. So a run ends up
    to one trial a job above its limit.
    """

    def __init__(self, most: float | None = None, spent: float = 0.0) -> None:
        self.most, self.spent = most, spent
        self.unpriced = False  # whether something was called whose price is not known
        self._lock = threading.Lock()

    def add(self, dollars: float | None) -> None:
        """A trial has ended and its calls came to this; None: not known."""
        with self._lock:
            self.unpriced = self.unpriced or dollars is None
            self.spent += dollars or 0.0

    @property
    def reached(self) -> bool:
        """Whether no further trial may begin."""
        return self.most is not None and self.spent >= self.most


def check_price(model: str | None, most: float | None) -> None:
    """Raises `RunError` when a limit in dollars is asked for and the model has no known price."""
    if most is None or model is None:
        return
    from harness.gateway.prices import list_prices

    prices = list_prices()
    if prices.of(model) is None:
        raise RunError(
            f"--max-usd cannot work: the price of the model `{model}` is not known (prices of {prices.as_of}). Leave "
            "it out and limit the number of trials instead."
        )
