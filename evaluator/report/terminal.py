"""A run in the terminal, at 80 columns and more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evaluator.report.findings import Findings, read_findings
from harness.sandbox.tree import printable

WIDE = 110  # columns
MOST_TROUBLES = 40  # lines; more would push the numbers off the screen


def print_run(run: Path, console: Console | None = None) -> None:
    """Print a run's summary: scores with intervals, rounds, and one line for each thing that went wrong."""
    console = console or Console()
    findings = read_findings(run)
    console.print()
    console.print(_agents(findings, narrow=console.width < WIDE))
    for line in findings.troubles[:MOST_TROUBLES]:
        console.print(escape(line), highlight=False)
    if len(findings.troubles) > MOST_TROUBLES:
        left = len(findings.troubles) - MOST_TROUBLES
        console.print(f"... and {left} more lines; relaybench report --markdown FILE has all.", highlight=False)
    for line in findings.insights:
        console.print(escape(line), highlight=False)
    for line in findings.notes:
        console.print(escape(line), style="dim", highlight=False)


def _agents(findings: Findings, *, narrow: bool) -> Table:
    """The table; when `narrow`, headings and intervals stand in two lines, so that no number is cut."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("agent", overflow="fold", min_width=8)
    # The kinds of more than three rounds have no room at 80 columns; their numbers have.
    short = narrow and len(findings.rounds) > 3
    rounds = [heading.partition(" ")[0] if short else heading for heading in findings.rounds]
    for heading in ("trials", "composite", "correctness", "first try", *rounds):
        table.add_column(heading.replace(" ", "\n") if narrow else heading, justify="right", no_wrap=True)
    for agent in findings.agents:
        table.add_row(
            escape(printable(agent["agent"])),
            str(agent["trials"]),
            interval(agent["scores"].get("composite"), digits=0).replace(" ", "\n" if narrow else " "),
            interval(agent["scores"].get("correctness")).replace(" ", "\n" if narrow else " "),
            f"{agent['first_try']['mean']:.2f}" if agent["first_try"] else "–",
            *(f"{round_['mean']:.0%}" for round_ in agent["strict_by_round"]),
        )
    return table


def interval(value: dict[str, Any] | None, digits: int = 2) -> str:
    """ "0.61 (0.40–0.80)"; a dash for nothing measured."""
    if value is None:
        return "–"
    mean, low, high = (f"{value[key]:.{digits}f}" for key in ("mean", "low", "high"))
    return mean if low == mean == high else f"{mean} ({low}–{high})"
