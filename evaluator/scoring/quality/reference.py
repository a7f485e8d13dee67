"""What the task's own solutions measure, round by round: pure functions of the task, remembered by its digest."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from evaluator.evidence import Measures
from evaluator.scoring.quality.measurer import MeasureError, Measurer, shared
from evaluator.task import Task
from evaluator.task.model import USUAL_TESTS
from evaluator.task.patches import patched
from harness.sandbox import Tree


@dataclass(frozen=True)
class Reference:
    """`paths` are the seed's files; `measures[c][r - 1]` is what round r of chain c + 1 measures."""

    paths: tuple[str, ...]
    measures: tuple[tuple[Measures, ...], ...]

    def shapes(self, number: int) -> tuple[Measures, ...]:
        """Each chain's measures of round `number`."""
        return tuple(chain[number - 1] for chain in self.measures)

    def settled(self, number: int) -> tuple[str, ...]:
        """The files of the seed outside round `number`'s blast radius: no solution touches them, nor calls what it
        touches.
        """
        near = {path for shape in self.shapes(number) for path in (*shape.files, *shape.callers)}
        return tuple(path for path in self.paths if path not in near)


_known: dict[str, Reference] = {}
_lock = threading.Lock()


def reference(task: Task, measurer: Measurer | None = None) -> Reference:
    """The task's reference, measured once a process. Raises `MeasureError`, `TaskError`."""
    with _lock:
        if task.digest not in _known:
            _known[task.digest] = _measured(task, measurer or shared())
        return _known[task.digest]


def known_reference(task: Task) -> Reference | None:
    """The task's reference, None when it cannot be measured for a reason of ours."""
    try:
        return reference(task)
    except MeasureError:
        return None


def remember(task: Task, known: Reference) -> None:
    """Take what was measured before, by the same version, for the task's reference."""
    with _lock:
        _known.setdefault(task.digest, known)


def measure_rounds(
    task: Task, trees: Mapping[int, tuple[Tree, Tree]], measurer: Measurer | None = None
) -> dict[int, Measures | None]:
    """What each round's (start, end) measures; None where measuring failed for a reason of ours."""
    measured: dict[int, Measures | None] = {}
    for number, (start, end) in trees.items():
        kind = task.rounds[number - 1].kind
        try:
            measured[number] = (measurer or shared()).measure(
                start,
                end,
                test_patterns(task),
                settled=reference(task).settled(number),
                with_api=kind == "refactor",
            )
        except MeasureError:
            measured[number] = None
    return measured


def states(task: Task, chain: int = 1) -> tuple[Tree, ...]:
    """A chain's trees: the seed, then after each round. Raises `TaskError`."""
    trees: list[Tree] = [task.seed]
    for number, patch in task.solution(chain).items():
        trees.append(patched(trees[-1], patch, f"solution of shape {chain}, round {number}"))
    return tuple(trees)


def test_patterns(task: Task) -> tuple[str, ...]:
    """Which files are tests: the task's word, else what is usual."""
    return task.manifest.tests.paths or USUAL_TESTS


test_patterns.__test__ = False  # type: ignore[attr-defined]  # not a test of pytest's


def _measured(task: Task, measurer: Measurer) -> Reference:
    chains = tuple(states(task, chain) for chain in range(1, task.chains + 1))
    measures = []
    for trees in chains:
        rounds = [
            measurer.measure(before, after, test_patterns(task), with_api=round_.kind == "refactor")
            for round_, before, after in zip(task.rounds, trees, trees[1:], strict=False)
        ]
        broken = [one.failed for one in rounds if one.failed]
        if broken:
            raise MeasureError(f"the solution of task {task.id} cannot be measured: {broken[0]}")
        measures.append(tuple(rounds))
    return Reference(tuple(sorted(task.seed)), tuple(measures))
