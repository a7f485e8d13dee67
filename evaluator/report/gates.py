"""The gates of a task as a table, in the terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evaluator.report.inert import inert, row
from evaluator.run.gates import Verdict, failed


def print_verdicts(task: str, verdicts: Sequence[Verdict], console: Console | None = None) -> None:
    """Print each gate with its evidence; repeats that agree are one line."""
    console = console or Console()
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("gate", "", "what", "evidence"):
        table.add_column(heading, overflow="fold")
    for verdict in _shown(verdicts):
        mark = "[green]ok[/]" if verdict.passed else "[red]NO[/]"
        table.add_row(verdict.gate, mark, escape(verdict.subject), escape(verdict.evidence))
    console.print(table)
    bad = failed(verdicts)
    held = f"[red]{len(bad)} of {len(verdicts)} gates hold it back[/]" if bad else f"all {len(verdicts)} gates passed"
    console.print(f"\n{escape(task)}: {held}\n", highlight=False)


def markdown_verdicts(task: str, verdicts: Sequence[Verdict]) -> str:
    """The same for a pull request: what holds the task back is in sight, the rest folded away."""
    bad = failed(verdicts)
    held = f"{len(bad)} of {len(verdicts)} gates hold it back" if bad else f"all {len(verdicts)} gates passed"
    lines = [f"### {inert(task)}: {held}", ""]
    if bad:
        lines += [*_table(bad), ""]
    whole = _table(_shown(verdicts))
    lines += ["<details><summary>Every gate, with its evidence</summary>", "", *whole, "", "</details>"]
    return "\n".join([*lines, "", ""])


def _table(verdicts: Sequence[Verdict]) -> list[str]:
    lines = [row(["gate", "", "what", "evidence"]), row([":--"] * 4)]
    for verdict in verdicts:
        evidence = "<br>".join(inert(line) for line in verdict.evidence.splitlines())
        lines.append(row([verdict.gate, "ok" if verdict.passed else "**NO**", inert(verdict.subject), evidence]))
    return lines


def _shown(verdicts: Sequence[Verdict]) -> list[Verdict]:
    repeats = [verdict for verdict in verdicts if verdict.gate == "repeat" and verdict.passed]
    shown = [verdict for verdict in verdicts if verdict not in repeats]
    if repeats:
        shown.append(Verdict("repeat", f"{len(repeats)} shuffled runs", True, repeats[0].evidence))
    return shown
