"""Which choices nobody need regret: whatever is not in the set costs more or scores less than one that is."""

from __future__ import annotations

from collections.abc import Mapping


def pareto(points: Mapping[str, tuple[float, float]]) -> list[str]:
    """Names from (cost, score) that no other beats, cheapest first. Equal points stand together."""
    best = float("-inf")
    chosen: list[str] = []
    ordered = sorted(points, key=lambda name: (points[name][0], -points[name][1], name))
    for name in ordered:
        if points[name][1] > best or (chosen and points[name] == points[chosen[-1]]):
            chosen.append(name)
            best = points[name][1]
    return chosen
