"""A comparison in words and cells: what a manager reads first, and the table beneath it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from evaluator.run.results.compare import AxisComparison, Comparison, Side

HEADINGS = ("axis", "A", "B", "B − A", "95 %", "p", "Holm", "detectable")


def sentences(found: Comparison) -> list[str]:
    """The result: the composite first, then each axis that differs, then what the rounds as a whole say."""
    composite, *vector = found.axes
    said = [_sentence(found, composite)] if composite.paired else []
    differing = [
        _differs(ahead, behind, axes)
        for verdict, ahead, behind in ((1, found.b, found.a), (-1, found.a, found.b))
        if (axes := [axis for axis in vector if axis.verdict == verdict])
    ]
    return [*said, *(differing or ["No single axis differs significantly."]), _chain(found)]


def notes(found: Comparison) -> list[str]:
    """What was compared, and what the numbers do not say."""
    said = [
        f"A is {_place(found.a)}. B is {_place(found.b)}.",
        f"{_count(found.pairs, 'pair')} of trials of {_count(found.tasks, 'task')}, by task and attempt.",
    ]
    whys = {
        "only_a": "only A completed",
        "only_b": "only B completed",
        "infrastructure_errors": "were broken by the host",
    }
    left_out = [f"{count} that {whys[why]}" for why, count in found.left_out.items() if count]
    if left_out:
        said[-1] += f" Left out: {', '.join(left_out)}."
    if found.unit == "pair":
        said.append(
            f"Fewer than {found.fewest_tasks} tasks: pairs of trials are the unit, and this speaks of these tasks only."
        )
    if found.void:
        who = " and ".join(found.void)
        said.append(f"More than 5 % infrastructure errors in {who}: take no number here for a result.")
    if found.mixed:
        said.append(f"Mixed, because --allow-mixed was given: {' '.join(found.mixed)}")
    return said


def legend() -> str:
    """What the columns mean."""
    return (
        "p: sign-flip permutation test; Holm: p adjusted over the axes, significant below .05. detectable: the "
        "smallest true difference that four of five such runs would find."
    )


def cells(found: AxisComparison) -> tuple[str, ...]:
    """One row under `HEADINGS`; dashes where nothing was measured or no answer exists."""
    paired = found.paired
    if paired is None:
        return (found.axis, *["–"] * (len(HEADINGS) - 1))
    digits = 1 if found.axis == "composite" else 2
    return (
        found.axis,
        f"{found.a:.{digits}f}",
        f"{found.b:.{digits}f}",
        signed(paired.difference, digits),
        f"{signed(paired.low, digits)} to {signed(paired.high, digits)}",
        p_value(paired.p),
        "" if found.p is None or (found.axis == "composite" and found.p == paired.p) else p_value(found.p),
        "–" if paired.detectable is None else f"{paired.detectable:.{digits}f}",
    )


def document(found: Comparison) -> dict[str, Any]:
    """Everything as JSON values."""
    return {
        "a": _side(found.a),
        "b": _side(found.b),
        "tasks": found.tasks,
        "unit": found.unit,
        "pairs": found.pairs,
        "left_out": found.left_out,
        "axes": [{**asdict(axis), "verdict": ("same", "better", "worse")[axis.verdict]} for axis in found.axes],
        "whole_chain": asdict(found.chain),
        "worse": found.worse,
        "mixed": found.mixed,
        "void": found.void,
        "sentences": sentences(found),
    }


def signed(value: float, digits: int) -> str:
    """ "+0.12", "−0.05"; what rounds to nothing has no sign."""
    text = f"{abs(value):.{digits}f}"
    return text if not float(text) else f"{'+' if value > 0 else '−'}{text}"


def p_value(p: float) -> str:
    """ ".031", "<.001"."""
    return "<.001" if p < 0.001 else "1" if p > 0.9994 else f"{p:.3f}"[1:]


def _sentence(found: Comparison, composite: AxisComparison) -> str:
    paired = composite.paired
    assert paired is not None  # noqa: S101 - asked only where there is one
    ahead, behind = (found.b, found.a) if paired.difference > 0 else (found.a, found.b)
    if composite.verdict:
        return f"{ahead.label} is better than {behind.label} on the composite by {_span(composite)}."
    said = f"{found.a.label} and {found.b.label} are not distinguishable on the composite with these {paired.pairs} "
    said += f"paired trial{'s'[: paired.pairs != 1]}"
    if not round(paired.difference, 9):
        return f"{said}: they score the same."
    would = f"; about {_round(paired.enough_pairs)} would do" if paired.enough_pairs else ""
    return f"{said}: {ahead.label} is ahead by {_span(composite)}{would}."


def _differs(ahead: Side, behind: Side, axes: Sequence[AxisComparison]) -> str:
    said = "; ".join(f"{axis.axis} by {_span(axis)}" for axis in axes)
    return f"{ahead.label} is better than {behind.label} on {said}."


def _span(axis: AxisComparison) -> str:
    """ "12 points (95 % 3 to 21)", from whoever is ahead."""
    paired = axis.paired
    assert paired is not None  # noqa: S101 - asked only where there is one
    scale = 1 if axis.axis == "composite" else 100
    by, low, high = (scale * value for value in (paired.difference, paired.low, paired.high))
    if by < 0:
        by, low, high = -by, -high, -low
    return f"{_points(by)} (95 % {signed(low, 0).removeprefix('+')} to {signed(high, 0).removeprefix('+')})"


def _chain(found: Comparison) -> str:
    chain = found.chain
    return (
        f"Every round strict: A {chain.a.mean:.0%} ({chain.a.low:.0%}–{chain.a.high:.0%}), B {chain.b.mean:.0%} "
        f"({chain.b.low:.0%}–{chain.b.high:.0%}); A alone in {chain.only_a}, B alone in {chain.only_b} of "
        f"{_count(found.pairs, 'pair')} (McNemar p {p_value(chain.p)})."
    )


def _points(value: float) -> str:
    shown = f"{value:.0f}" if value >= 1 else f"{value:.2g}"
    return f"{shown} point{'s'[: shown != '1']}"


def _round(count: int) -> str:
    """Two figures: more would pretend to know the spread."""
    return f"{int(float(f'{count:.2g}')):,}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s'[: number != 1]}"


def _place(side: Side) -> str:
    return f"{side.agent} in {side.run}"


def _side(side: Side) -> dict[str, Any]:
    return {"agent": side.agent, "label": side.label, "run_dir": str(side.run), "run": side.info.id}
