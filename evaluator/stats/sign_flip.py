"""Is a mean difference more than chance? The sign-flip permutation test (Fisher 1935), exact for up to 32 units."""

from __future__ import annotations

import functools
import itertools
import operator
import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence

EXACT = 32  # units; two halves of 2**16 sums each
DRAWS = 10_000


def sign_flip(differences: Sequence[float], *, seed: int = 0) -> float:
    """Two-sided p: how often the sum of the differences, each with a sign at random, is as far from 0 as it is.

    If two agents do equally well, which of them a difference favours is a coin toss. Up to 32 differences that are not
    0 all tosses are counted; beyond that 10,000 are drawn, the observed one among them (Phipson and Smyth 2010).
    """
    units = [value for value in differences if value]
    if not units:
        return 1.0
    scale = sum(map(abs, units))
    reach = abs(sum(units)) - 1e-9 * scale  # a tie is as far, whatever the order of additions rounded it to
    return _counted(units, reach) if len(units) <= EXACT else _drawn(units, reach, seed)


def least_p(units: int) -> float:
    """The smallest p that so many differences can reach: all of one sign, or all of the other."""
    return min(1.0, 2.0 ** (1 - units))


def _counted(units: Sequence[float], reach: float) -> float:
    """All 2**n sums as pairs of one sum from either half: sorted, those beyond reach are counted by bisection.

    Every sum is there with either sign, so as many lie beyond the one end as beyond the other.
    """
    half = len(units) // 2
    left, right = _sums(units[:half]), sorted(_sums(units[half:]))
    beyond = 2 * sum(bisect_right(right, -reach - sum_) for sum_ in left)
    return min(1.0, beyond * 0.5 ** len(units))


def _drawn(units: Sequence[float], reach: float, seed: int) -> float:
    """Eight units share a table of their 256 signed sums, so that one random byte tosses eight coins."""
    tables = [_sums(units[start : start + 8]) for start in range(0, len(units), 8)]
    tables = [table * (256 // len(table)) for table in tables]
    totals: Iterable[float] = itertools.repeat(0.0, DRAWS - 1)
    for table, tosses in zip(tables, _tosses(len(tables), seed), strict=True):
        totals = map(operator.add, totals, map(table.__getitem__, tosses))
    return (1 + sum(map(reach.__le__, map(abs, totals)))) / DRAWS


@functools.lru_cache(maxsize=8)  # a comparison asks for the same ones an axis
def _tosses(bytes_: int, seed: int) -> Sequence[bytes]:
    """Of each table, the byte of each draw."""
    source = random.Random(seed)  # noqa: S311 - a repeatable draw is the point
    drawn = b"".join(source.randbytes(bytes_) for _ in range(DRAWS - 1))
    return [drawn[table::bytes_] for table in range(bytes_)]


def _sums(units: Sequence[float]) -> list[float]:
    sums = [0.0]
    for unit in units:
        sums = [sum_ + signed for sum_ in sums for signed in (unit, -unit)]
    return sums
