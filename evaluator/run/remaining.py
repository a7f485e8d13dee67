"""How long a run that goes on will still take, from the trials of it that have ended.

A trial is expected to take as long as the mean of those of the same agent, on the same task where there are any. Trials
of an agent of which none has ended are not guessed at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluator.evidence import TrialResult, arm
from evaluator.trial.trial import TrialSpec


@dataclass(frozen=True)
class Remaining:
    """`seconds` for the trials of which something is known, with so many jobs; `unknown` are the others."""

    seconds: float
    unknown: int


def remaining(
    left: Sequence[TrialSpec], running: Mapping[str, float], done: Sequence[TrialResult], jobs: int
) -> Remaining | None:
    """What `left`, the trials that have not ended, will take; None when nothing is known of any.

    `running` maps those that have begun to the seconds they have taken so far.
    """
    walls: dict[tuple[str, ...], list[float]] = defaultdict(list)
    for result in done:
        if result.outcome == "completed":
            walls[result.agent, result.arm, result.task].append(result.wall_s)
            walls[result.agent, result.arm].append(result.wall_s)
    expected = {alike: sum(known) / len(known) for alike, known in walls.items()}
    seconds = []
    for spec in left:
        who = (spec.agent, arm(spec.variant, spec.start))
        mean = expected.get((*who, spec.task.id), expected.get(who))
        if mean is not None:
            seconds.append(max(0.0, mean - running.get(spec.name, 0.0)))
    if not seconds:
        return None
    # Jobs side by side, but none ends before its longest trial does.
    return Remaining(max(sum(seconds) / jobs, *seconds), len(left) - len(seconds))
