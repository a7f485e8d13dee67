"""Which requirement held at which hand-in: what broke when, and what was mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evaluator.evidence import Grade, GroupResult

Verdict = Literal["passed", "failed", "broken", "mended", "unasked"]


@dataclass(frozen=True)
class Row:
    """One requirement group (or standing rule). `cells` has a verdict a hand-in; `group` is its last result.

    broken: it held at the hand-in before. mended: it did not. unasked: this round does not ask for it, or no longer.
    """

    name: str
    group: GroupResult
    cells: Sequence[Verdict]
    rule: bool

    @property
    def ever_red(self) -> bool:
        """Whether it was red at all."""
        return any(cell in ("failed", "broken") for cell in self.cells)


@dataclass(frozen=True)
class Why:
    """Why a group was red at a hand-in: its failed tests with what they said."""

    group: str
    column: int
    tests: Mapping[str, str]


def matrix(grades: Sequence[Grade]) -> list[Row]:
    """A row a group in the order of the rounds that ask for it, standing rules last; a cell a grade."""
    rows = []
    for rule in (False, True):
        seen = [grade.probes if rule else grade.groups for grade in grades]
        for name in dict.fromkeys(name for groups in seen for name in groups):
            found = [groups.get(name) for groups in seen]
            last = next(group for group in reversed(found) if group)
            rows.append(Row(name, last, _verdicts(found), rule))
    return sorted(rows, key=lambda row: (row.rule, row.group.round))


def reasons(grades: Sequence[Grade]) -> list[Why]:
    """For every red group the failed tests, where they differ from what failed at the hand-in before."""
    found: list[Why] = []
    before: dict[str, Mapping[str, str]] = {}
    for column, grade in enumerate(grades):
        for name, group in {**grade.groups, **grade.probes}.items():
            failed = {test: why for test, why in group.tests.items() if why}
            if not group.passed and before.get(name) != failed:
                found.append(Why(name, column, failed))
            if group.passed:
                before.pop(name, None)
            else:
                before[name] = failed
    return found


def _verdicts(groups: Sequence[GroupResult | None]) -> list[Verdict]:
    cells: list[Verdict] = []
    before: GroupResult | None = None
    for group in groups:
        if group is None:
            cells.append("unasked")
        elif group.passed:
            cells.append("mended" if before and not before.passed else "passed")
        else:
            cells.append("broken" if before and before.passed else "failed")
        before = group or before
    return cells
