"""Scores a stored run again, from its folder alone: no box, no agent, no network.

What static analysis saw is kept beside each trial and is good for its history and version; with `measure` it is taken
again, from the history. A file is written only when it says something else than before.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.evidence import SCORING_VERSION, Measures, TrialResult
from evaluator.run.folder import (
    RunError,
    RunFolder,
    measured_file,
    read_info,
    read_result,
    result_file,
    rewrite,
    trial_names,
)
from evaluator.run.results.summary import summarise
from evaluator.run.stored_tasks import store_reference, stored_tasks
from evaluator.run.stored_trial import StoredTrial, read_trial
from evaluator.scoring.quality.reference import known_reference, measure_rounds
from evaluator.scoring.rounds import gather
from evaluator.scoring.trial import Siblings, scored
from evaluator.task import Task
from evaluator.trial.history import read_bundle
from harness.sandbox import Tree

MANY = 200  # trials from which a second process pays


@dataclass(frozen=True)
class Rescored:
    """How many trials there are, and how many now say something else."""

    trials: int
    changed: int
    summary: dict[str, Any]


def rescore(run: Path, *, measure: bool = False, jobs: int | None = None) -> Rescored:
    """Score every stored trial again and write what changed. Raises `RunError`."""
    read_info(run)
    with RunFolder(run) as folder:
        return rescore_open(folder, measure=measure, jobs=jobs)


def rescore_open(folder: RunFolder, *, measure: bool = False, jobs: int | None = None) -> Rescored:
    """See `rescore`, for a folder that is ours already."""
    run = folder.path
    for task in stored_tasks(run, read_info(run)).values():
        store_reference(run, task)
    names = trial_names(run)
    # What arms say of the others is known only when all are scored: then nothing may be written before.
    paired = any("+" in name for name in names)
    work = _Work(run, measure=measure, write=not paired)
    results, changed = [], 0
    for result, differs in _each(work, names, jobs):
        results.append(result)
        changed += differs
    if paired:
        results = [_with_siblings(work, result, results) for result in results]
        changed = sum(rewrite(run / "trials" / one.name / "result.json", result_file(one)) for one in results)
    summary = summarise(results)
    folder.write_summary(summary)
    return Rescored(sum(result.outcome == "completed" for result in results), changed, summary)


def check_versions(runs: Mapping[str, Iterable[TrialResult]]) -> None:
    """Raises `RunError` when trials that are to be compared were not scored by the same, current version."""
    for run, results in runs.items():
        versions = {result.scoring_version for result in results if result.outcome == "completed"}
        if old := sorted(versions - {SCORING_VERSION}):
            raise RunError(
                f"{run} was scored by version {old[0]} of the scores; this is version {SCORING_VERSION}, and "
                f"the two do not compare. Bring it up to date: relaybench rescore {run}"
            )


def _each(work: _Work, names: Sequence[str], jobs: int | None) -> Iterator[tuple[TrialResult, bool]]:
    wanted = jobs or (os.cpu_count() or 1 if len(names) >= MANY else 1)
    if wanted == 1:
        yield from map(work.score, names)
        return
    # Started afresh: this process may have threads and a measuring worker, which a fork would share.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(wanted, context, _prepare, (work.run, work.measure, work.write)) as pool:
        yield from pool.map(_apart, names, chunksize=50)


class _Work:
    """Scores the trials of a run by themselves, one by name at a time."""

    def __init__(self, run: Path, *, measure: bool, write: bool) -> None:
        self.run, self.measure, self.write = run, measure, write
        info = read_info(run)
        self._tasks, self._reply_s = stored_tasks(run, info), info.profile.reply_s

    def score(self, name: str) -> tuple[TrialResult, bool]:
        """A trial's result again, and whether its file said something else and was written."""
        result = read_result(self.run, name)
        if result.outcome != "completed":
            return result, False
        again = self.scored(result, Siblings())
        place = self.run / "trials" / name / "result.json"
        return again, self.write and rewrite(place, result_file(again))

    def scored(self, result: TrialResult, siblings: Siblings) -> TrialResult:
        """A completed trial, scored; what has to be measured again is stored."""
        if result.task_digest not in self._tasks:
            raise RunError(f"{self.run}: trial {result.name} is of a task that run.json does not name.")
        task = self._tasks[result.task_digest]
        stored = read_trial(self.run / "trials" / result.name)
        measures = None if self.measure else stored.measures
        if measures is None:
            measures = _measured(task, stored, result)
            place = self.run / "trials" / result.name / "measures.json"
            rewrite(place, measured_file(stored.bundle, measures))
        return _scored(result, task, stored, measures, siblings, self._reply_s)


_work: _Work  # of a process of the pool


def _prepare(run: Path, measure: bool, write: bool) -> None:
    global _work  # noqa: PLW0603 - a process of a pool has nowhere else to keep it
    _work = _Work(run, measure=measure, write=write)


def _apart(name: str) -> tuple[TrialResult, bool]:
    return _work.score(name)


def _scored(
    result: TrialResult,
    task: Task,
    stored: StoredTrial,
    measures: Mapping[int, Measures | None],
    siblings: Siblings,
    reply_s: float,
) -> TrialResult:
    late = [one.n for one in result.rounds if one.timed_out]
    evidence = gather(
        task,
        stored.grades,
        stored.events,
        measures,
        timed_out=late,
        flags=result.flags,
        start=result.start,
        reply_s=reply_s,
    )
    return scored(result, evidence, known_reference(task), siblings)


def _with_siblings(work: _Work, result: TrialResult, others: Sequence[TrialResult]) -> TrialResult:
    """The trial, scored again if control arms or clear twins say something of it."""
    siblings = siblings_of(result, others)
    if result.arm or result.outcome != "completed" or siblings == Siblings():
        return result
    return work.scored(result, siblings)


def siblings_of(result: TrialResult, others: Sequence[TrialResult]) -> Siblings:
    """What the run's control arms and clear twins say about a trial.

    Control arms are those of the same agent, task and attempt; clear twins are all of the agent's.
    """
    own = [other for other in others if other.agent == result.agent and other.arm and other.outcome == "completed"]
    control = {
        other.start: other.rounds[0].isolated
        for other in own
        if (other.task, other.attempt) == (result.task, result.attempt) and other.start > 1 and other.rounds
    }
    twins = [other for other in own if other.variant == "clear"]
    return Siblings(control, sum(other.questions > 0 for other in twins) / len(twins) if twins else None)


def _measured(task: Task, stored: StoredTrial, result: TrialResult) -> dict[int, Measures | None]:
    with tempfile.TemporaryDirectory(prefix="relaybench-bundle-") as folder:
        bundle = Path(folder) / "history.bundle"
        bundle.write_bytes(stored.bundle)
        try:
            trees = read_bundle(bundle)
        except (RuntimeError, KeyError, ValueError) as error:
            raise RunError(f"trial {result.name}: history.bundle cannot be read: {error}") from error
    return measure_rounds(task, dict(_round_trees(trees, result.start, len(task.rounds))))


def _round_trees(trees: Mapping[str, Tree], start: int, rounds: int) -> Iterable[tuple[int, tuple[Tree, Tree]]]:
    before = trees[""]
    for number in range(start, rounds + 1):
        if f"round-{number}" in trees:
            yield number, (before, trees[f"round-{number}"])
            before = trees[f"round-{number}"]
