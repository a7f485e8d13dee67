"""Which trials and agents a run's numbers are about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from evaluator.evidence import TrialResult


def main_trials(results: Sequence[TrialResult]) -> list[TrialResult]:
    """The trials that count, finished or broken: the vague report from round 1 on.

    Twins (a clear report, a noisy one, a start at the reference's work) measure single axes beside them; averaged in,
    they would be attempts at another, mostly easier task. So would variants of tasks.
    """
    return [result for result in results if not result.arm and not is_variant(result.task)]


def is_variant(task: str) -> bool:
    """Whether a task is another's variant: "<task>.<variant>"."""
    return "." in task


def completed(results: Sequence[TrialResult]) -> list[TrialResult]:
    """The main trials that have scores."""
    return [result for result in main_trials(results) if result.outcome == "completed"]


def is_control(agent: str) -> bool:
    """Whether it is the ceiling or the floor: it says nothing of tasks or prices."""
    return bool(re.fullmatch(r"reference(-\d+)?|nop", agent))


def whole_chain(result: TrialResult) -> bool:
    """Whether every round was passed strictly."""
    return all(round_.strict for round_ in result.rounds)
