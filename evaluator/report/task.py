"""A task, as an agent will meet it and as its maintainers know it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evaluator.report.numbers import interval
from evaluator.run.results.solved import SolveRate
from evaluator.task import Round, Task

GROUPS_A_LINE = 6


def print_task(task: Task, rates: Sequence[SolveRate], console: Console | None = None) -> None:
    """Print a task in two parts: what an agent gets, then what it never sees."""
    console = console or Console()
    manifest = task.manifest
    console.print(f"[bold]{escape(manifest.title)}[/]", highlight=False)
    facts = f"{task.id}, version {manifest.version}: {manifest.language}, {manifest.domain}, {manifest.difficulty}"
    console.print(escape(f"{facts}. Owners: {', '.join(manifest.owners)}"), style="dim", highlight=False)
    lines = sum(file.data.count(b"\n") for file in task.seed.values())
    console.print(
        f"\n[bold]What an agent sees[/]: {len(task.seed)} files, {lines:,} lines, and round by round:", highlight=False
    )
    for round_ in task.rounds:
        console.print(f"\n[bold]{round_.number} {round_.kind}[/]", highlight=False)
        console.print(escape(round_.report.strip()), highlight=False)
    console.print("\n[bold]What it does not see[/]", highlight=False)
    console.print(escape(manifest.summary), highlight=False)
    console.print(_rounds(task))
    console.print(
        escape(
            f"{len(task.base)} groups that are true from the start, {len(task.constraints)} standing rules, "
            f"{len(task.facts)} facts ({sum(fact.necessary for fact in task.facts)} needed), "
            f"{len(task.mutants)} mutants, {task.chains} reference shapes."
        ),
        highlight=False,
    )
    console.print(
        _rates(task, rates) if rates else escape("No run here has judged this version of it."), highlight=False
    )


def describe(task: Task, rates: Sequence[SolveRate]) -> dict[str, Any]:
    """The same as data."""
    return {
        "id": task.id,
        "version": task.manifest.version,
        "digest": task.digest,
        "title": task.manifest.title,
        "files": {path: len(file.data) for path, file in task.seed.items()},
        "rounds": [
            {
                "n": round_.number, "kind": round_.kind, "report": round_.report,
                "groups": [{"id": g.id, "weight": g.weight, "critical": g.critical} for g in round_.groups],
                **round_.entry.model_dump(include={"deadline_s", "tries", "retires", "targets", "caps"}),
                "solutions": len(round_.solutions), "wrong": sorted(round_.wrong),
            }
            for round_ in task.rounds
        ],
        "base": [group.id for group in task.base],
        "constraints": [constraint.rule for constraint in task.constraints],
        "facts": [fact.id for fact in task.facts],
        "mutants": sorted(task.mutants),
        "solved": [asdict(rate) for rate in rates],
    }  # fmt: skip


def _rounds(task: Task) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("round", "hidden groups (weight, ! critical)", "target, cap", "wrong"):
        table.add_column(heading, overflow="fold")
    for round_ in task.rounds:
        groups = ", ".join(f"{g.name} {g.weight:g}{'!' * g.critical}" for g in round_.groups)
        table.add_row(f"{round_.number} {round_.kind}", escape(groups), _effort(round_), str(len(round_.wrong)))
    return table


def _effort(round_: Round) -> str:
    pairs = zip(round_.entry.targets, round_.entry.caps, strict=True)
    shown = [f"{name} {target:g}, {cap:g}" for (name, target), (_, cap) in pairs if target and cap]
    return "\n".join([*shown, f"deadline {round_.entry.deadline_s:g} s, {round_.entry.tries} tries"])


def _rates(task: Task, rates: Sequence[SolveRate]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("solved by", "trials", *(f"{r.number} {r.kind}" for r in task.rounds), "whole chain"):
        table.add_column(heading)
    for rate in rates:
        shares = [interval(asdict(share)) for share in (*rate.strict, rate.whole)]
        table.add_row(escape(rate.agent), str(rate.trials), *shares)
    return table
