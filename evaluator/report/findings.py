"""What every report says, whatever it looks like: the summary, what went wrong in one line each, and the caveats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.evidence import RoundResult, TrialResult
from evaluator.report.insights import insights
from evaluator.run.folder import RunInfo, Shard, read_info, read_results
from evaluator.run.results.counted import completed, is_control
from evaluator.run.results.summary import summarise
from harness.sandbox.tree import printable

FEW_TASKS = 20  # fewer show only differences of 20 points and more between agents
ENOUGH_TRIALS, MOST_OFTEN = 10, 5


@dataclass(frozen=True)
class Findings:
    """A run, ready to be shown. `summary` is summary.json; `rounds` are column headings; `troubles` are a line for each
    thing that went wrong, infrastructure errors first, `often_red` the few groups that are behind most of them;
    `insights` say what the trials together tell of agents and tasks.
    """

    run: Path
    info: RunInfo
    summary: dict[str, Any]
    rounds: list[str]
    results: list[TrialResult]
    troubles: list[str]
    often_red: list[str]
    insights: list[str]
    notes: list[str]

    @property
    def id(self) -> str:
        """The run's."""
        return self.info.id

    @property
    def agents(self) -> list[dict[str, Any]]:
        """The summary's list of agents, the best composite first."""
        return sorted(self.summary["agents"], key=lambda agent: -agent["scores"].get("composite", {"mean": -1})["mean"])

    @property
    def axes(self) -> list[str]:
        """Every axis that was scored in any trial, also those that were absent in all; the composite comes last."""
        found = dict.fromkeys(axis for result in self.results for axis in result.scores)
        return sorted(found, key=lambda axis: axis == "composite")


def read_findings(run: Path) -> Findings:
    """Read a run folder, also one that is not finished. Raises `RunError`."""
    return find(run, read_info(run), read_results(run))


def find(run: Path, info: RunInfo, results: list[TrialResult]) -> Findings:
    """What there is to say of a run with these trials."""
    summary = summarise(results)
    longest: list[dict[str, Any]] = max((agent["strict_by_round"] for agent in summary["agents"]), key=len, default=[])
    kinds = [f"{round_['n']} {round_['kind']}" for round_ in longest]
    planned = info.shard.trials if info.shard else len(info.agents) * len(info.tasks) * info.attempts
    counted = [result for result in results if not result.arm]
    worst_first = sorted(results, key=lambda result: result.outcome == "completed")
    return Findings(
        run=run,
        info=info,
        summary=summary,
        rounds=kinds,
        results=results,
        troubles=[printable(line, 1_000) for result in worst_first for line in _troubles(result)],
        often_red=[printable(line, 1_000) for line in _often_red(results)],
        insights=[printable(line, 1_000) for line in insights(summary)],
        notes=_notes(
            run,
            summary,
            len(counted),
            planned,
            len(info.tasks),
            {f"{result.sandbox} (limits: {result.limits})" for result in results},
            info.shard,
        ),
    )


def _troubles(result: TrialResult) -> list[str]:
    if result.outcome != "completed":
        return [f"! {result.name}: infrastructure error, not scored: {result.error}"]
    lines = [f"{result.name}, round {r.n} ({r.kind}): {why(r)}" for r in result.rounds if not r.strict]
    if result.flags:
        lines.append(f"{result.name}: flagged {', '.join(result.flags)}")
    return lines


def _often_red(results: Sequence[TrialResult]) -> Iterator[str]:
    """The groups that most trials of an agent, not of a control, left red at a round's end; none for a few trials."""
    red: Counter[tuple[str, str]] = Counter()
    trials: Counter[str] = Counter()
    for result in completed(results):
        if not is_control(result.agent):
            trials[result.task] += 1
            groups = {name for round_ in result.rounds for name, said in round_.groups.items() if said == "failed"}
            red.update((result.task, group) for group in groups)
    if trials.total() < ENOUGH_TRIALS:
        return
    shares = sorted((-count / trials[task], task, group) for (task, group), count in red.items())
    for _, task, group in shares[:MOST_OFTEN]:
        yield f"{task}, {group}: red in {red[task, group]} of {trials[task]} trials"


def why(round_: RoundResult) -> str:
    """What went wrong in a round, in a line; for a strict one it says nothing of use."""
    if round_.reason:
        return round_.reason
    red = [name for name, verdict in round_.groups.items() if verdict == "failed"]
    late = ", at the deadline" if round_.timed_out else ""
    tries = f" after {round_.hand_ins} hand-ins" if round_.hand_ins > 1 else ""
    shown = ", ".join(red[:4]) + (f" and {len(red) - 4} more" if len(red) > 4 else "")
    return f"red{tries}{late}: {shown}"


def _notes(
    run: Path, summary: dict[str, Any], trials: int, planned: int, tasks: int, kinds: set[str], shard: Shard | None
) -> list[str]:
    notes = []
    if shard:
        notes.append(f"This is shard {shard} of a run, with {planned} of its trials; relaybench merge joins shards.")
    if trials < planned:
        notes.append(f"{trials} of {planned} trials are stored; --resume --run-dir {run} runs the rest.")
    if summary["void"]:
        notes.append("More than 5 % of the trials had infrastructure errors: take no number here for a result.")
    if tasks < FEW_TASKS:
        notes.append(
            f"Percent are rounds passed strictly; ranges are 95 % intervals. {tasks} task{'s'[: tasks != 1]} can show "
            "only large differences between agents."
        )
    notes.append(f"Boxes: {', '.join(sorted(kinds)) or 'none'}.")
    return notes
