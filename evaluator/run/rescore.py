"""Scores a stored run again, from its folder alone: no box, no agent, no network.

What static analysis saw is kept beside each trial and is good for its history and version; with `measure` it is taken
again, from the history. A file is written only when it says something else than before.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.evidence import SCORING_VERSION, Measures, TrialResult
from evaluator.run.folder import (
    RunError,
    RunFolder,
    StoredTrial,
    measured_file,
    read_info,
    read_results,
    read_trial,
    result_file,
)
from evaluator.run.stored_tasks import store_reference, stored_tasks
from evaluator.run.summary import summarise
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
    info, results = read_info(folder.path), read_results(folder.path)
    tasks = stored_tasks(folder.path, info)
    for task in tasks.values():
        store_reference(folder.path, task)
    done = [result for result in results if result.outcome == "completed"]
    for result in done:
        if result.task_digest not in tasks:
            raise RunError(f"{folder.path}: trial {result.name} is of a task that run.json does not name.")
    alone = dict(_each(folder.path, done, tasks, measure=measure, jobs=jobs))
    paired = _with_siblings(folder.path, done, {name: again for name, (again, _) in alone.items()}, tasks)
    changed = 0
    for name, (again, measures) in alone.items():
        if measures is not None:
            folder.rewrite(name, "measures.json", measures)
        changed += folder.rewrite(name, "result.json", result_file(paired.get(name, again)))
    summary = summarise([paired.get(r.name) or alone[r.name][0] if r.name in alone else r for r in results])
    folder.write_summary(summary)
    return Rescored(len(done), changed, summary)


def check_versions(runs: Mapping[str, Iterable[TrialResult]]) -> None:
    """Raises `RunError` when trials that are to be compared were not scored by the same, current version."""
    for run, results in runs.items():
        versions = {result.scoring_version for result in results if result.outcome == "completed"}
        if old := sorted(versions - {SCORING_VERSION}):
            raise RunError(
                f"{run} was scored by version {old[0]} of the scores; this is version {SCORING_VERSION}, and "
                f"the two do not compare. Bring it up to date: relaybench rescore {run}"
            )


def _each(
    run: Path, done: Sequence[TrialResult], tasks: Mapping[str, Task], *, measure: bool, jobs: int | None
) -> Iterable[tuple[str, tuple[TrialResult, bytes | None]]]:
    wanted = jobs or (os.cpu_count() or 1 if len(done) >= MANY else 1)
    if wanted == 1:
        yield from (_one(run, result, tasks[result.task_digest], measure=measure) for result in done)
        return
    # Started afresh: this process may have threads and a measuring worker, which a fork would share.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(wanted, context, _prepare, (run,)) as pool:
        yield from pool.map(_apart, ((run, result, measure) for result in done), chunksize=50)


_tasks: dict[str, Task] = {}  # of a process of the pool


def _prepare(run: Path) -> None:
    _tasks.update(stored_tasks(run, read_info(run)))


def _apart(work: tuple[Path, TrialResult, bool]) -> tuple[str, tuple[TrialResult, bytes | None]]:
    run, result, measure = work
    return _one(run, result, _tasks[result.task_digest], measure=measure)


def _one(run: Path, result: TrialResult, task: Task, *, measure: bool) -> tuple[str, tuple[TrialResult, bytes | None]]:
    """One trial by itself: its result again, and its measures where they had to be taken."""
    stored = read_trial(run, result, [round_.slug for round_ in task.rounds])
    measures = None if measure else stored.measures
    taken = None
    if measures is None:
        measures = _measured(task, stored, result)
        taken = measured_file(stored.bundle, measures)
    return result.name, (_scored(result, task, stored, measures, Siblings()), taken)


def _scored(
    result: TrialResult,
    task: Task,
    stored: StoredTrial,
    measures: Mapping[int, Measures | None],
    siblings: Siblings,
) -> TrialResult:
    late = [one.n for one in result.rounds if one.timed_out]
    evidence = gather(
        task, stored.grades, stored.events, measures, timed_out=late, flags=result.flags, start=result.start
    )
    return scored(result, evidence, known_reference(task), siblings)


def _with_siblings(
    run: Path, done: Sequence[TrialResult], alone: Mapping[str, TrialResult], tasks: Mapping[str, Task]
) -> dict[str, TrialResult]:
    """The trials that count and of which control arms or clear twins say something, by name."""
    paired = {}
    for result in done:
        siblings = siblings_of(alone[result.name], list(alone.values()))
        if not result.arm and siblings != Siblings():
            task = tasks[result.task_digest]
            stored = read_trial(run, result, [round_.slug for round_ in task.rounds])
            measures = stored.measures or _measured(task, stored, result)
            paired[result.name] = _scored(result, task, stored, measures, siblings)
    return paired


def siblings_of(result: TrialResult, others: Sequence[TrialResult]) -> Siblings:
    """What the run's control arms and clear twins say about a trial.

    Control arms are those of the same agent, task and attempt; clear twins are all of the agent's.
    """
    own = [other for other in others if other.agent == result.agent and other.arm]
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
