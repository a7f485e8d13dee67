"""Judges the tests that an agent wrote: do they fail without its work, hold for the solution's, and notice mistakes?

Each run has a fresh box of its own, without a network, and a tree that is composed here: another tree's work with the
agent's tests over it. A test that knows which tree it must fail on can be written, but not one that also notices
mutants which it has never seen. Runs after the trial, on nobody's clock.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from evaluator.evidence import OwnTests
from evaluator.scoring.quality.reference import states, test_patterns
from evaluator.scoring.quality.source import is_test
from evaluator.task import Task
from evaluator.task.patches import patched
from harness.sandbox import BoxGone, BoxSpec, Limits, SandboxError, SandboxHost, Tree
from harness.sandbox.tree import printable

PATIENCE_S = 300.0  # for all runs of one trial; what is not judged by then is absent


@dataclass(frozen=True)
class Work:
    """One round of a trial: the workspace before and after, and whether anything of it was right."""

    number: int
    start: Tree
    end: Tree
    right: bool


class _Late(Exception):
    """There is no time for another run."""


def judge_own_tests(
    task: Task, host: SandboxHost, image: str, works: Sequence[Work], *, trial: str
) -> dict[int, OwnTests]:
    """By round, for rounds of which anything is right, where the task says how its tests are run.

    What fails for a reason of the host's stays None.
    """
    if not task.manifest.tests.command:
        return {}
    runs = _Runs(task, host, image, trial)
    judged = {}
    for work in works:
        if work.right:
            judged[work.number] = _judged(task, runs, work, last=work.number == len(task.rounds), seed=works[0].start)
    return judged


def _judged(task: Task, runs: _Runs, work: Work, *, last: bool, seed: Tree) -> OwnTests:
    files = new_tests(task, work.start, work.end)
    found = OwnTests(files=files)
    if not files:
        return found
    try:
        found = found.model_copy(
            update={
                "red_at_start": not runs.green(with_tests(task, work.start, work.end), files),
                "green_on_own": runs.green(work.end, files),
                "green_on_reference": any(
                    runs.green(with_tests(task, states(task, chain)[work.number], work.end), files)
                    for chain in range(1, task.chains + 1)
                ),
            }
        )
        if last and task.mutants:
            every = new_tests(task, seed, work.end)
            return found.model_copy(
                update={
                    "mutants": len(task.mutants),
                    "killed": _killed(task, runs.green, work.end, every),
                    "reference_killed": _killed_by_reference(task, runs),
                }
            )
    except (SandboxError, _Late) as error:
        return found.model_copy(update={"missing": printable(str(error), 300)})
    return found


def new_tests(task: Task, before: Tree, after: Tree) -> tuple[str, ...]:
    """The runnable test files that are new or changed; fixtures and helpers come along without being named."""
    patterns, protected = test_patterns(task), task.manifest.protected
    changed = (path for path in sorted(after) if before.get(path) != after[path] and is_test(path, patterns))
    return tuple(path for path in changed if _runnable(path) and not is_test(path, protected))


def with_tests(task: Task, tree: Tree, tests: Tree) -> Tree:
    """`tree` with the test files of `tests` in place of its own."""
    patterns = test_patterns(task)
    work = {path: file for path, file in tree.items() if not is_test(path, patterns)}
    return {**work, **{path: file for path, file in tests.items() if is_test(path, patterns)}}


def _runnable(path: str) -> bool:
    name = PurePosixPath(path).name
    stem = name.partition(".")[0]
    return stem.startswith("test_") or stem.endswith(("_test", "_spec")) or ".test." in name or ".spec." in name


def _killed(task: Task, green: Callable[[Tree, Sequence[str]], bool], tests: Tree, files: Sequence[str]) -> int:
    """How many mutants of the finished solution the test files notice that hold for the solution itself."""
    whole = states(task)[-1]
    sound = [file for file in files if green(with_tests(task, whole, tests), [file])]
    if not sound:
        return 0
    return sum(not green(with_tests(task, tree, tests), sound) for tree in _mutated(task, whole))


def _mutated(task: Task, whole: Tree) -> Iterator[Tree]:
    for name, patch in task.mutants.items():
        yield patched(whole, patch, f"mutants/{name}.patch")


_reference_kills: dict[str, int] = {}
_lock = threading.Lock()


def _killed_by_reference(task: Task, runs: _Runs) -> int:
    """What the solution's own tests notice: the measure of what can be asked. Remembered by the task's digest."""
    with _lock:
        if task.digest not in _reference_kills:
            whole = states(task)[-1]
            _reference_kills[task.digest] = _killed(task, runs.green, whole, new_tests(task, task.seed, whole))
        return _reference_kills[task.digest]


_verdicts: dict[str, bool] = {}  # attempts often end in the same tree: the same tests on it say the same


def _digest(image: str, tree: Tree, files: Sequence[str]) -> str:
    total = hashlib.sha256(repr((image, tuple(files))).encode())
    for path, file in sorted(tree.items()):
        total.update(f"{path}\0{file.executable}{len(file.data)}\0".encode(errors="replace") + file.data)
    return total.hexdigest()


class _Runs:
    """Runs test files on trees, each in a box of its own."""

    def __init__(self, task: Task, host: SandboxHost, image: str, trial: str) -> None:
        self._tests = task.manifest.tests
        self._host = host
        limits = Limits(**task.manifest.sandbox.model_dump())
        self._spec = BoxSpec(image, "subject", limits, trial=trial, keep_workspace=True)
        self._until = time.monotonic() + PATIENCE_S

    def green(self, tree: Tree, files: Sequence[str]) -> bool:
        """Whether the files pass on a tree; a run that is killed or ends its box does not. Raises `SandboxError`."""
        key = _digest(self._spec.image, tree, files)
        if key not in _verdicts:
            _verdicts[key] = self._run(tree, files)
        return _verdicts[key]

    def _run(self, tree: Tree, files: Sequence[str]) -> bool:
        if time.monotonic() > self._until:
            raise _Late(f"not finished within {PATIENCE_S:.0f} s")
        command = [part for word in self._tests.command for part in (files if word == "{files}" else [word])]
        with self._host.open(self._spec) as box:
            box.copy_in(tree)
            try:
                return box.run(command, timeout_s=self._tests.timeout_s).code == 0
            except BoxGone:
                return False
