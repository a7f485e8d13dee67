"""Clarification: does the agent ask what it needs to know, before it begins, and nothing else?

K = F1 of recall and precision, times 1 - FPR.

recall     value-weighted share of the necessary facts that were asked for; half when the workspace had already been
           written to (or where that is not known).
precision  questions that unlocked a fact not yet unlocked / all questions. Asking again unlocks nothing.
FPR        share of the agent's clear twins (the same tasks, well specified) in which it asked at all.

A round in which the agent asked nothing and was right at the first hand-in needed no question: it is left out, and so
is the axis when that holds for every round. Never asking and being wrong, and always asking, both come to 0. Asking
before acting, weighed against needless questions: after ClarifyBench-style F1 and the control twins of "ask when
needed" studies.
"""

from __future__ import annotations

from evaluator.evidence import Asked
from evaluator.scoring.axis import AxisScore
from evaluator.scoring.rounds import RoundEvidence, TrialEvidence

LATE = 0.5


def clarification(evidence: TrialEvidence, needless: float | None = None) -> AxisScore:
    """K of a trial. `needless` is FPR over the agent's clear twins of this run, None where none ran."""
    rounds = [one for one in evidence.rounds if one.asked or not _right_at_once(one)]
    asked = [(one.round.number, question) for one in rounds for question in one.asked]
    unlocked: dict[str, float] = {}
    useful = 0
    for _, question in asked:
        if question.fact is not None and question.fact not in unlocked:
            useful += 1
            unlocked[question.fact] = _timely(question)
    numbers = {one.round.number for one in rounds}
    needed = {
        fact.id: fact.weight
        for fact in evidence.task.facts
        if fact.necessary and (numbers & set(fact.rounds) if fact.rounds else numbers)
    }
    if not rounds or not needed:
        return AxisScore(None)
    recall = sum(weight * unlocked.get(fact, 0.0) for fact, weight in needed.items()) / sum(needed.values())
    precision = useful / len(asked) if asked else 0.0
    f1 = 2 * recall * precision / (recall + precision) if recall + precision else 0.0
    parts = {"recall": recall, "precision": precision, "f1": f1, "needless": needless}
    return AxisScore(f1 * (1.0 - (needless or 0.0)), parts)


def _right_at_once(one: RoundEvidence) -> bool:
    return one.tries[0].new == 1.0


def _timely(question: Asked) -> float:
    return 1.0 if question.edited is False else LATE
