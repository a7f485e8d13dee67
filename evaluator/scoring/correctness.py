"""Correctness: does the work do what was asked, and still do what it did before?

F_r is the weighted share of the round's own groups that pass whole. REG_r is fresh damage: of the base, the standing
rules and earlier groups, those green at the end of round r-1, the weighted share that is not green now. C_r = F_r *
max(0, 1 - 5 REG_r), and 0 when a critical group is newly broken, or one of the base is red at all: the seed had it, and
while payment is broken no hand-in is worth anything, whichever round broke it. C is the mean of C_r, later rounds
weighing 1.25 times the one before (after SWE-CI, which weighs late commits more because they stand on the agent's own
work).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from evaluator.evidence import Grade, GroupResult

LATER_ROUNDS = 1.25
DAMAGE = 5.0


@dataclass(frozen=True)
class RoundCorrectness:
    """One round. `new` is F_r, `damage` REG_r, `value` C_r, all in [0, 1]."""

    new: float
    damage: float
    value: float
    strict: bool
    isolated: bool


def round_correctness(grade: Grade, before: Grade | None) -> RoundCorrectness:
    """C_r of a graded hand-in. `before` is the last grade of the round before (None in round 1: base was all green)."""
    own = [group for group in grade.groups.values() if group.round == grade.round]
    new = share(own, lambda group: group.passed)
    was_green = {name for name, group in _all(before).items() if group.passed} if before else None
    watched = {
        name: group
        for name, group in _all(grade).items()
        if group.round < grade.round and (was_green is None or name in was_green)
    }
    damage = share(list(watched.values()), lambda group: not group.passed)
    base = {name: group for name, group in grade.groups.items() if group.round == 0}
    broke_critical = any(group.critical and not group.passed for group in {**watched, **base}.values())
    value = 0.0 if broke_critical else new * max(0.0, 1.0 - DAMAGE * damage)
    isolated = new == 1.0 and damage == 0.0 and not broke_critical
    strict = grade.green and all(probe.passed for probe in grade.probes.values())
    return RoundCorrectness(new, damage, value, strict=strict, isolated=isolated)


def _all(grade: Grade) -> Mapping[str, GroupResult]:
    return {**grade.groups, **grade.probes}


def correctness(last_grades: Mapping[int, Grade], rounds: int, start: int = 1) -> float:
    """C of a trial from each round's last grade; a round of `start`..`rounds` that was not reached counts 0."""
    weights = [LATER_ROUNDS**index for index in range(rounds + 1 - start)]
    values = [
        round_correctness(last_grades[number], last_grades.get(number - 1)).value if number in last_grades else 0.0
        for number in range(start, rounds + 1)
    ]
    return sum(weight * value for weight, value in zip(weights, values, strict=True)) / sum(weights)


def share(groups: Sequence[GroupResult], counts: Callable[[GroupResult], bool]) -> float:
    """Weighted share of the groups that count; 0 of none."""
    total = sum(group.weight for group in groups)
    return sum(group.weight for group in groups if counts(group)) / total if total else 0.0
