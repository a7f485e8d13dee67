"""Numbers as people read them, the same in terminals, in Markdown and on pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

NOTHING = "–"  # what was not measured
_BARS = "▁▂▃▄▅▆▇█"


def score(value: float | None) -> str:
    """ "0.61"."""
    return NOTHING if value is None else f"{value:.2f}"


def points(value: float | None) -> str:
    """ "61", of the composite's hundred."""
    return NOTHING if value is None else f"{value:.0f}"


def percent(value: float | None) -> str:
    """ "61 %"."""
    return NOTHING if value is None else f"{100 * value:.0f} %"


def interval(value: dict[str, Any] | None, digits: int = 2) -> str:
    """ "0.61 (0.40–0.80)"."""
    if value is None:
        return NOTHING
    mean, low, high = (f"{value[key]:.{digits}f}" for key in ("mean", "low", "high"))
    return mean if low == mean == high else f"{mean} ({low}–{high})"


def bounds(value: dict[str, Any] | None, digits: int = 2) -> str:
    """ "0.40 to 0.80", of an interval whose mean stands elsewhere."""
    return NOTHING if value is None else f"{value['low']:.{digits}f} to {value['high']:.{digits}f}"


def dollars(value: float | None, unknown: str = NOTHING) -> str:
    """ "$0.12"; two figures where it is less than ten cents."""
    if value is None:
        return unknown
    return f"${value:,.2f}" if value >= 0.1 or not value else f"${value:.2g}"


def seconds(value: float | None) -> str:
    """ "0.4 s", "41 s", "12 min", "3.2 h"."""
    if value is None:
        return NOTHING
    if value < 10:
        return f"{value:.2g} s"
    if value < 600:
        return f"{value:.0f} s"
    return f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.1f} h"


def count(value: float | None) -> str:
    """ "940", "12.3k", "4.1M"."""
    if value is None:
        return NOTHING
    if value < 10_000:
        return f"{value:,.0f}"
    return f"{value / 1e3:.1f}k" if value < 1e6 else f"{value / 1e6:.1f}M"


def plural(number: int, what: str, several: str = "") -> str:
    """ "1 task", "3 tasks"."""
    return f"{number:,} {what if number == 1 else several or what + 's'}"


def curve(shares: Sequence[float]) -> str:
    """A bar for each share of 1, such as "█▅▂"; never alone, since it says little to who cannot see it."""
    return "".join(_BARS[int(share * (len(_BARS) - 1))] for share in shares)  # the full bar is for all of 1 only
