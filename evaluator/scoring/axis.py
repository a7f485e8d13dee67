"""What an axis is: a number or nothing, and the parts it was made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class AxisScore:
    """`value` in [0, 1], None when the axis does not apply; `parts` name each number behind it."""

    value: float | None
    parts: Mapping[str, float | None] = field(default_factory=dict)


def weighted(parts: Mapping[str, tuple[float, float | None]]) -> float | None:
    """Mean of (weight, value) pairs; the weight of an absent value is shared out. None when all are absent."""
    present = [(weight, value) for weight, value in parts.values() if value is not None]
    total = sum(weight for weight, _ in present)
    return sum(weight * value for weight, value in present) / total if total else None


def mean(values: Iterable[float | None]) -> float | None:
    """Mean of what is there, None of nothing."""
    present = [value for value in values if value is not None]
    return sum(present) / len(present) if present else None


def clip(value: float) -> float:
    """`value` cut to [0, 1]."""
    return min(1.0, max(0.0, value))
