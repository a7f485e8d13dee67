"""A run in the terminal, at 80 columns and more."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from evaluator.report.findings import Findings, read_findings
from evaluator.report.numbers import curve, dollars, plural, seconds
from harness.sandbox.tree import printable

MOST_TROUBLES = 40  # lines; more would push the numbers off the screen
MOST_ROWS = 3  # of the screen, for one trouble
# Where an axis is torn in two when its name has no room; each part, with the space before it, fits in 80 columns.
_TORN = {
    "correctness": "correct-\nness",
    "adaptability": "adapta-\nbility",
    "efficiency": "effi-\nciency",
    "recovery": "recov-\nery",
    "clarification": "clarifi-\ncation",
    "calibration": "calib-\nration",
    "deployability": "deploy-\nability",
    "composite": "com-\nposite",
}


def print_run(run: Path, console: Console | None = None) -> None:
    """Print a run's summary: each agent's vector and rounds, a line for each thing that went wrong, the way to more."""
    console = console or Console()
    findings = read_findings(run)
    for block in (_vectors(findings), _rounds(findings)):
        if not block.rows:
            continue
        console.print()
        for line in block.lines(console.width):
            console.print(line, highlight=False)
    troubles = findings.troubles[:MOST_TROUBLES]
    if left := len(findings.troubles) - len(troubles):
        troubles.append(f"... and {left} more lines; relaybench report --markdown FILE has all.")
    often = ["Most often red:", *(f"  {line}" for line in findings.often_red)] if findings.often_red else []
    for said, style in ((troubles, ""), (often, ""), (findings.insights, ""), (findings.notes, "dim")):
        if said:
            console.print()
        for sentence in said:
            _paragraph(console, sentence, style="red" if sentence.startswith("!") else style)
    place = shlex.quote(printable(str(findings.run), 1_000))
    for more in (f"More: relaybench view {place}", f"      relaybench report {place} --html DIR", f"      {place}"):
        console.print(Text(more, style="dim"), soft_wrap=True)  # what is to be copied stays in one piece


@dataclass(frozen=True)
class _Block:
    """A table in which each agent's name has a line of its own, so that names may be long and numbers stay in columns.

    `headings` may be torn in two lines at their newline, or at their space, when they have no room. `rows` are an
    agent's name, what stands beside it, and its lines: a label and a cell for each heading.
    """

    title: str
    headings: Sequence[str]
    rows: Sequence[tuple[str, str, Sequence[Sequence[str]]]]

    def lines(self, width: int) -> Iterator[Text]:
        label = max((len(line[0]) for _, _, lines in self.rows for line in lines), default=0) + 2
        cells = [line[1:] for _, _, lines in self.rows for line in lines]
        whole = [heading.replace("-\n", "") for heading in self.headings]
        for heads, gap in ((whole, 2), (whole, 1), ([heading.replace(" ", "\n") for heading in self.headings], 1)):
            torn = [head.split("\n") for head in heads]
            wide = [
                gap + max(map(len, (*parts, *(line[column] for line in cells)))) for column, parts in enumerate(torn)
            ]
            if label + sum(wide) <= width:
                break
        height = max(map(len, torn), default=1)
        for row in range(height):
            parts = ["" if row < height - len(one) else one[row - height + len(one)] for one in torn]
            start = self.title if row == height - 1 else ""
            yield Text(f"{start:<{label}}{_aligned(parts, wide)}".rstrip(), style="bold")
        for name, beside, lines in self.rows:
            yield Text.assemble((printable(name), "bold"), (f"  {beside}" if beside else "", "dim"))
            for head, *line in lines:
                yield Text(
                    f"  {head:<{label - 2}}{_aligned(line, wide)}".rstrip(), style="dim" if head == "95 %" else ""
                )


def _aligned(cells: Sequence[str], wide: Sequence[int]) -> str:
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, wide, strict=True))


def _vectors(findings: Findings) -> _Block:
    """The axes as columns, the composite last; a mean and, below it, its 95 % interval."""
    rows = []
    for agent in findings.agents:
        scores = [(axis, agent["scores"].get(axis)) for axis in findings.axes]
        means = ["–" if score is None else _short(axis, score["mean"], lead="0") for axis, score in scores]
        ranges = ["" if score is None else _range(axis, score) for axis, score in scores]
        beside = f"{plural(agent['trials'], 'trial')} of {plural(agent['tasks'], 'task')}"
        if agent["infrastructure_errors"]:
            beside += f", {agent['infrastructure_errors']} broke"
        rows.append((agent["agent"], beside, [["", *means], *([["95 %", *ranges]] if any(ranges) else [])]))
    return _Block("scores", [_TORN.get(axis, axis) for axis in findings.axes], rows)


def _range(axis: str, score: dict[str, Any]) -> str:
    low, high = _short(axis, score["low"]), _short(axis, score["high"])
    return "" if low == high == _short(axis, score["mean"]) else f"{low}–{high}"


def _short(axis: str, value: float, lead: str = "") -> str:
    """ "0.61", ".61" without `lead`; the composite in points."""
    if axis == "composite":
        return f"{value:.0f}"
    text = f"{value:.2f}"
    return text if lead or not text.startswith("0") else text[1:]


def _rounds(findings: Findings) -> _Block:
    """Strict success and correctness by round, as a curve and in numbers."""
    rows = []
    for agent in findings.agents:
        if not agent["trials"]:
            continue
        played = agent["degradation"]
        missing = [""] * (len(findings.rounds) - len(played))
        strict, right = [one["strict"] for one in played], [one["correctness"] for one in played]
        whole, first = f"{agent['whole_chain']['mean']:.0%}", f"{agent['first_try']['mean']:.2f}"
        lines = [
            [f"strict       {curve(strict)}", *(f"{share:.0%}" for share in strict), *missing, whole, ""],
            [f"correctness  {curve(right)}", *(f"{share:.2f}" for share in right), *missing, "", first],
        ]
        cost = "" if agent["dollars_a_trial"] is None else f" and {dollars(agent['dollars_a_trial'])}"
        spent = f"{seconds(agent['seconds_a_trial'])} of work{cost} a trial"
        rows.append((agent["agent"], spent, lines))
    return _Block("rounds", [*findings.rounds, "whole chain", "first try"], rows)


def _paragraph(console: Console, text: str, style: str = "") -> None:
    """One thing said, in at most `MOST_ROWS` lines, the second and third indented."""
    indent = " " * (len(text) - len(text.lstrip()) + 4)
    for line in textwrap.wrap(
        text, max(20, console.width), subsequent_indent=indent, max_lines=MOST_ROWS, placeholder=" …",
        break_on_hyphens=False,
    ):  # fmt: skip
        console.print(Text(line, style=style), highlight=False)
