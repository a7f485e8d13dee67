"""A run in several parts, one a machine: `--shard 2/4` runs what `--shard 1/4` and the others leave.

Trials are dealt, not tasks: a few tasks with many attempts are as even as many tasks with one. The longest are dealt
first, each to the shard that has least so far, measured by the deadlines of their rounds; so no two shards differ by
more than one trial's deadlines. Every machine deals alike: nothing but the plan decides, and not the order in which
it was typed.
"""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from collections.abc import Sequence

from evaluator.run.folder import RunError
from evaluator.trial.trial import TrialSpec


def parse_shard(text: str) -> tuple[int, int]:
    """(number, of) from "2/4". Raises `RunError`."""
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    number, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= number <= of:
        raise RunError(f"--shard {text}: that is no part of a run. `--shard 2/4` is the second of four.")
    return number, of


def deal(trials: Sequence[TrialSpec], of: int) -> list[list[TrialSpec]]:
    """The trials in `of` parts, each in the order of the plan; some are empty where there are more parts than trials.

    A trial stays with its arms, which are run for its sake.
    """
    together: dict[tuple[str, int, str], list[TrialSpec]] = defaultdict(list)
    for spec in trials:
        together[spec.task.id, spec.attempt, spec.agent].append(spec)
    longest_first = sorted(together, key=lambda key: (-_seconds(together[key]), key))
    least_first = [(0.0, number) for number in range(of)]
    owner = {}
    for key in longest_first:
        seconds, number = least_first[0]
        heapq.heapreplace(least_first, (seconds + _seconds(together[key]), number))
        owner[key] = number
    parts: list[list[TrialSpec]] = [[] for _ in range(of)]
    for spec in trials:
        parts[owner[spec.task.id, spec.attempt, spec.agent]].append(spec)
    return parts


def _seconds(trials: Sequence[TrialSpec]) -> float:
    return sum(round_.entry.deadline_s for spec in trials for round_ in spec.rounds)
