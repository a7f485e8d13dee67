"""The gates of a task as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evaluator.run.gates import Verdict, failed


def print_verdicts(task: str, verdicts: Sequence[Verdict], console: Console | None = None) -> None:
    """Print each gate with its evidence; repeats that agree are one line."""
    console = console or Console()
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("gate", "", "what", "evidence"):
        table.add_column(heading, overflow="fold")
    repeats = [verdict for verdict in verdicts if verdict.gate == "repeat" and verdict.passed]
    for verdict in verdicts:
        if verdict in repeats:
            continue
        mark = "[green]ok[/]" if verdict.passed else "[red]NO[/]"
        table.add_row(verdict.gate, mark, escape(verdict.subject), escape(verdict.evidence))
    if repeats:
        table.add_row("repeat", "[green]ok[/]", f"{len(repeats)} shuffled runs", repeats[0].evidence)
    console.print(table)
    bad = failed(verdicts)
    held = f"[red]{len(bad)} of {len(verdicts)} gates hold it back[/]" if bad else f"all {len(verdicts)} gates passed"
    console.print(f"\n{escape(task)}: {held}\n", highlight=False)
