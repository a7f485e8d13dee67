"""Recovery: what becomes of a mistake, one's own or one that was put in the way?

R = base * (0.8 + 0.2 steady). base weighs 0.6 mended and 0.2 faults (absent: shared out).

mended  weighted share of the groups red after a round's first hand-in that are green after its last, times
        max(0, 1 - 5 d), d being the share of groups green at the first hand-in and red at the last.
faults  share of injected faults whose post-condition held at the round's end without collateral.
steady  1 - min(1, repeats / 10), repeats being identical failing actions beyond the second. It multiplies, where an
        addend would pay an agent that does nothing at all for not repeating itself.
"""

from __future__ import annotations

from collections import Counter

from evaluator.evidence import Grade
from evaluator.scoring.axis import AxisScore, clip, weighted
from evaluator.scoring.correctness import DAMAGE, share
from evaluator.scoring.rounds import RoundEvidence, TrialEvidence

TOLERATED, TOO_MANY = 2, 10


def recovery(evidence: TrialEvidence) -> AxisScore:
    """R of a trial; absent when nothing was ever red after a first hand-in and no fault was injected."""
    faults = [fault for one in evidence.rounds for fault in one.faults]
    parts = {
        "mended": _mended(evidence),
        "faults": sum(fault.recovered for fault in faults) / len(faults) if faults else None,
        "steady": _steady(evidence),
    }
    base = weighted({"mended": (0.6, parts["mended"]), "faults": (0.2, parts["faults"])})
    if base is None:
        return AxisScore(None)
    return AxisScore(base * (1.0 if parts["steady"] is None else 0.8 + 0.2 * parts["steady"]), parts)


def _mended(evidence: TrialEvidence) -> float | None:
    """Over all rounds, each red group counting by its weight."""
    total = mended = 0.0
    for one in evidence.rounds:
        first, last = one.grades[0], one.grades[-1]
        red = {name: group for name, group in first.groups.items() if not group.passed}
        care = clip(1.0 - DAMAGE * _broken(first, last))
        total += sum(group.weight for group in red.values())
        mended += care * sum(group.weight for name, group in red.items() if last.groups[name].passed)
    return mended / total if total else None


def _broken(first: Grade, last: Grade) -> float:
    green = [name for name, group in first.groups.items() if group.passed]
    return share([last.groups[name] for name in green], lambda group: not group.passed)


def _steady(evidence: TrialEvidence) -> float | None:
    if all(one.actions is None for one in evidence.rounds):
        return None
    repeats = sum(map(_repeats, evidence.rounds))
    return 1.0 - min(1.0, repeats / TOO_MANY)


def _repeats(one: RoundEvidence) -> int:
    failing = Counter((action.kind, action.text) for action in one.actions or () if action.ok is False)
    return sum(max(0, count - TOLERATED) for count in failing.values())
