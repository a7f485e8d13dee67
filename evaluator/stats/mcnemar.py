"""Two shares over the same cases: do the agents succeed on different ones more often than chance?"""

from __future__ import annotations

from math import comb


def mcnemar(only_a: int, only_b: int) -> float:
    """Exact two-sided p of McNemar's test (1947): cases where both agree say nothing, the others are coin tosses."""
    tosses = only_a + only_b
    tail = sum(comb(tosses, heads) for heads in range(min(only_a, only_b) + 1))
    return float(min(1.0, 2 * tail / 2**tosses))
