"""Calibration: does the agent know how good its work is?

Cal = 0.6 clip(1 - Brier / 0.25) + 0.4 clip(mean utility). A hand-in is right when all that was new works and nothing
broke. Brier (1950) is the mean of (p - right)^2; saying 0.5 every time scores 0.25, hence nothing. Utility is +1 for
right and submitted, -1 for wrong and submitted, 0 for abstained: caution costs what it could have won, error more.

Absent when nothing was ever stated. Who states once is judged on every hand-in, silence counting as p = 0.5, so that
nobody can speak up on the sure ones only. An abstention without a number says nothing about p.
"""

from __future__ import annotations

from collections.abc import Iterator

from evaluator.evidence import Statement
from evaluator.scoring.axis import AxisScore, clip, mean, weighted
from evaluator.scoring.rounds import TrialEvidence

HEDGE = 0.25  # the Brier score of saying 0.5 whatever happens


def calibration(evidence: TrialEvidence) -> AxisScore:
    """Cal of a trial."""
    said = list(_said(evidence))
    if not any(statement and (statement.confidence is not None or statement.abstain) for statement, _ in said):
        return AxisScore(None)
    brier = mean(_brier(statement, right) for statement, right in said)
    utility = mean(_utility(statement, right) for statement, right in said) or 0.0
    parts = {"brier": brier, "utility": utility}
    sharpness = None if brier is None else clip(1.0 - brier / HEDGE)
    return AxisScore(weighted({"brier": (0.6, sharpness), "utility": (0.4, clip(utility))}), parts)


def _said(evidence: TrialEvidence) -> Iterator[tuple[Statement | None, bool]]:
    for one in evidence.rounds:
        yield from zip(one.statements, (score.isolated for score in one.tries), strict=True)


def _brier(statement: Statement | None, right: bool) -> float | None:
    if statement and statement.confidence is None and statement.abstain:
        return None
    stated = statement.confidence if statement and statement.confidence is not None else 0.5
    return (stated - right) ** 2


def _utility(statement: Statement | None, right: bool) -> float:
    if statement and statement.abstain:
        return 0.0
    return 1.0 if right else -1.0
