"""Efficiency: what did the solved rounds cost, against what the task says they should?

u(x) = 1 up to the target T, then 1 - ln(x/T) / ln(B/T), 0 at the cap B: each doubling costs the same. E is the mean
over rounds of the mean u over turns (model calls that carry work), tokens, dollars and wall time, for rounds that are
solved (I_r); other rounds earn 0, since the cheapest way to fail is to do nothing. A kind that was not metered, or
for which the task names no target and cap, is absent. Only the agent's own time counts: not boxes, not grading.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from evaluator.evidence import Usage
from evaluator.scoring.axis import AxisScore, mean
from evaluator.scoring.rounds import RoundEvidence, TrialEvidence

KINDS = ("turns", "tokens", "dollars", "wall_s")


def efficiency(evidence: TrialEvidence) -> AxisScore:
    """E of a trial; absent when nothing that the task judges was metered."""
    by_round = {one.round.number: round_parts(one) for one in evidence.rounds}
    if all(value is None for parts in by_round.values() for value in parts.values()):
        return AxisScore(None)
    solved = {one.round.number for one in evidence.rounds if one.last.isolated}
    rounds = [
        mean(by_round[number].values()) if number in solved else 0.0
        for number in (round_.number for round_ in evidence.due)
    ]
    parts = {kind: mean(by_round[number][kind] for number in sorted(solved)) for kind in KINDS}
    return AxisScore(mean(rounds), parts)


def thrift(spent: float, target: float, cap: float) -> float:
    """u: 1 up to `target`, falling with the logarithm to 0 at `cap`."""
    if spent <= target:
        return 1.0
    return 0.0 if spent >= cap or cap <= target else 1.0 - math.log(spent / target) / math.log(cap / target)


def round_parts(one: RoundEvidence) -> Mapping[str, float | None]:
    """u of each kind in one round; None where it was not metered or is not judged."""
    spent = round_spent(one)
    targets, caps = one.round.entry.targets, one.round.entry.caps
    parts: dict[str, float | None] = {}
    for kind in KINDS:
        used, target, cap = spent[kind], getattr(targets, kind), getattr(caps, kind)
        known = used is not None and target is not None and cap is not None
        parts[kind] = thrift(used, target, cap) if known else None  # type: ignore[arg-type]
    return parts


def round_spent(one: RoundEvidence) -> Mapping[str, float | None]:
    """What one round took of each kind, None where it was not metered."""
    wall = sum(turn.wall_s for turn in one.turns) if one.turns else None
    metered = [usage for usage in one.usage if usage is not None]
    if not metered or len(metered) < len(one.usage):  # a part of a sum is no sum
        return {"turns": None, "tokens": None, "dollars": None, "wall_s": wall}
    dollars = [usage.dollars for usage in metered]
    return {
        "turns": float(sum(map(calls, metered))),
        "tokens": float(sum(usage.input_tokens + usage.output_tokens for usage in metered)),
        "dollars": None if None in dollars else math.fsum(amount for amount in dollars if amount is not None),
        "wall_s": wall,
    }


def calls(usage: Usage) -> int:
    """Calls that carried work."""
    return max(0, usage.calls - usage.auxiliary)
