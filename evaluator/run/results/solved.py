"""How often a task was solved in past runs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from evaluator.evidence import TrialResult
from evaluator.run.folder import RunError, read_results
from evaluator.stats.intervals import Interval, wilson
from evaluator.task import Task


@dataclass(frozen=True)
class SolveRate:
    """One agent on one version of a task. `strict` has one share a round, `whole` is all rounds of a trial."""

    agent: str
    trials: int
    strict: tuple[Interval, ...]
    whole: Interval


def solve_rates(task: Task, runs: Path) -> list[SolveRate]:
    """From every run below `runs` that judged this version of the task; unreadable runs are passed over."""
    by_agent: dict[str, list[TrialResult]] = defaultdict(list)
    for path in sorted(runs.iterdir()) if runs.is_dir() else []:
        try:
            results = read_results(path)
        except RunError:
            continue
        for result in results:
            same = (result.task, result.task_version) == (task.id, task.manifest.version)
            if same and result.outcome == "completed":
                by_agent[result.agent].append(result)
    return [
        SolveRate(
            agent,
            len(done),
            tuple(
                wilson(sum(result.rounds[n].strict for result in done if len(result.rounds) > n), len(done))
                for n in range(len(task.rounds))
            ),
            wilson(sum(all(round_.strict for round_ in result.rounds) for result in done), len(done)),
        )
        for agent, done in sorted(by_agent.items())
    ]
