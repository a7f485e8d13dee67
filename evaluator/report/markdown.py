"""Runs as Markdown, for job summaries and pull requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.report.findings import Findings, read_findings
from evaluator.report.inert import head, inert, row
from evaluator.report.numbers import curve, dollars, seconds

MARKER = "<!-- relaybench -->"  # by which a comment is found again, to be updated in place
MOST = 65_000  # characters: GitHub refuses a comment of more than 65,536, and a job's summary of more than 1 MiB
LEFT_OUT = "They are left out: GitHub takes no longer page. `relaybench report RUN --html DIR` shows everything."


def markdown(runs: Sequence[Path]) -> str:
    """One page on these runs, never longer than GitHub takes. Raises `RunError`."""
    parts = [part for run in runs for part in _parts(read_findings(run))]
    return "\n".join([MARKER, *_fitted(parts), ""])


@dataclass
class _Part:
    """A piece of the page. Of its `lines` the last ones go when the page is too long, those of `rank` 0 first."""

    rank: int
    what: str
    before: list[str]
    lines: list[str]
    after: list[str]
    dropped: int = 0

    def text(self) -> list[str]:
        left_out = ["", f"… and {self.dropped} more {self.what}. {LEFT_OUT}"] if self.dropped else []
        return [*self.before, *self.lines, *left_out, *self.after]


def _parts(findings: Findings) -> Iterator[_Part]:
    yield _Part(3, "agents", [f"## relaybench {inert(findings.id)}", "", *_vector_head(findings)],
                [_vector(agent, findings.axes) for agent in findings.agents], [""])  # fmt: skip
    headings = ["agent", "", *findings.rounds, "whole chain", "first try", "work a trial", "cost a trial"]
    yield _Part(2, "agents", ["Rounds: passed strictly, and correctness.", "", *head(headings)],
                [_rounds(agent, len(findings.rounds)) for agent in findings.agents], [""])  # fmt: skip
    if findings.troubles:
        yield _Part(
            0, "lines", [f"<details><summary>What went wrong ({len(findings.troubles)})</summary>", ""],
            [f"- {inert(line)}" for line in findings.troubles], ["", "</details>", ""],
        )  # fmt: skip
    if findings.insights:
        yield _Part(1, "lines", [], [f"- {inert(line.strip())}" for line in findings.insights], [""])
    if findings.often_red:
        yield _Part(1, "lines", ["Most often red:", ""], [f"- {inert(line)}" for line in findings.often_red], [""])
    yield _Part(4, "notes", [], [f"{inert(note)}  " for note in findings.notes], [""])


def _vector_head(findings: Findings) -> list[str]:
    return head(["agent", "trials", *findings.axes])


def _vector(agent: dict[str, Any], axes: Sequence[str]) -> str:
    scores = [_mean_and_range(agent["scores"].get(axis), 0 if axis == "composite" else 2) for axis in axes]
    return row([inert(agent["agent"]), str(agent["trials"]), *scores])


def _mean_and_range(score: dict[str, Any] | None, digits: int) -> str:
    if score is None:
        return "–"
    mean, low, high = (f"{score[key]:.{digits}f}" for key in ("mean", "low", "high"))
    return mean if low == mean == high else f"{mean}<br><sub>{low}–{high}</sub>"


def _rounds(agent: dict[str, Any], rounds: int) -> str:
    if not agent["trials"]:
        return row([inert(agent["agent"]), *["–"] * (rounds + 5)])
    played = agent["degradation"]
    cells = [f"{one['strict']:.0%} · {one['correctness']:.2f}" for one in played]
    return row(
        [
            inert(agent["agent"]),
            curve([one["strict"] for one in played]),
            *cells,
            *["–"] * (rounds - len(cells)),
            f"{agent['whole_chain']['mean']:.0%}",
            f"{agent['first_try']['mean']:.2f}",
            seconds(agent["seconds_a_trial"]),
            dollars(agent["dollars_a_trial"]),
        ]
    )


def _fitted(parts: Sequence[_Part]) -> list[str]:
    """The lines of all parts; where they are too long together, what matters least goes first."""
    over = len(MARKER) + sum(len(line) + 1 for part in parts for line in part.text()) + 1 - MOST
    for part in sorted(parts, key=lambda part: -part.rank)[::-1]:  # of equals the one furthest down
        if over > 0:
            over += len(LEFT_OUT) + 50  # its line that says so
        while over > 0 and part.lines:
            over -= len(part.lines.pop()) + 1
            part.dropped += 1
    return [line for part in parts for line in part.text()]
