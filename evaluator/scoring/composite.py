"""The composite: one number after the vector, never alone.

100 * Z * [w_C C + h * sum of the other axes], h = min(1, C / 0.5). Z is 0 for a trial that tampered.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources

CORRECT_ENOUGH = 0.5


def composite(
    scores: Mapping[str, float | None], *, gated: bool = False, weights: Mapping[str, float] | None = None
) -> float:
    """The composite of a vector, 0 to 100; `gated` is the verdict of the gates (Z = 0).

    `weights` is a preset or a task's own; they need not sum to anything. Absent axes are shared out.
    """
    weights = presets()["default"] if weights is None else weights
    present = {axis: value for axis, value in scores.items() if weights.get(axis) and value is not None}
    total = sum(weights[axis] for axis in present)
    if gated or not total:
        return 0.0
    right = scores.get("correctness") or 0.0
    trust = min(1.0, right / CORRECT_ENOUGH)
    points = sum(weights[axis] * (value if axis == "correctness" else trust * value) for axis, value in present.items())
    return 100.0 * points / total


@functools.cache
def presets() -> Mapping[str, Mapping[str, float]]:
    """The sets of weights that come with relaybench, by name: axis -> weight."""
    text = resources.files("evaluator.scoring").joinpath("weights.toml").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, float]] = tomllib.loads(text)
    return found
