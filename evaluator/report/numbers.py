"""Numbers as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_BARS = "▁▂▃▄▅▆▇█"


def interval(value: dict[str, Any] | None, digits: int = 2) -> str:
    """ "0.61 (0.40–0.80)"; a dash for nothing measured."""
    if value is None:
        return "–"
    mean, low, high = (f"{value[key]:.{digits}f}" for key in ("mean", "low", "high"))
    return mean if low == mean == high else f"{mean} ({low}–{high})"


def dollars(value: float | None, unknown: str = "–") -> str:
    """ "$0.12", "$0.0034", "–"."""
    if value is None:
        return unknown
    return f"${value:.2f}" if value >= 0.1 or not value else f"${value:.2g}"


def seconds(value: float) -> str:
    """ "41 s", "12 min"."""
    return f"{value:.2g} s" if value < 10 else f"{value:.0f} s" if value < 600 else f"{value / 60:.0f} min"


def curve(shares: Sequence[float]) -> str:
    """A bar for each share of 1, such as "█▅▂"; never alone, since it says little to who cannot see it."""
    return "".join(_BARS[int(share * (len(_BARS) - 1))] for share in shares)  # the full bar is for all of 1 only


def count(number: int, what: str) -> str:
    """ "1 trial", "2 trials"."""
    return f"{number} {what}{'s'[: number != 1]}"
