"""A run as Markdown, for job summaries and pull requests."""

from __future__ import annotations

import re
from pathlib import Path

from evaluator.report.findings import read_findings
from evaluator.report.terminal import interval
from harness.sandbox.tree import printable


def markdown(run: Path) -> str:
    """One run's report."""
    findings = read_findings(run)
    head = ["agent", "trials", "composite", "correctness", "first try", *findings.rounds, "whole chain"]
    table = [
        [
            inert(agent["agent"]),
            str(agent["trials"]),
            interval(agent["scores"].get("composite"), digits=0),
            interval(agent["scores"].get("correctness")),
            f"{agent['first_try']['mean']:.2f}" if agent["first_try"] else "–",
            *_padded([f"{round_['mean']:.0%}" for round_ in agent["strict_by_round"]], len(findings.rounds)),
            f"{agent['whole_chain']['mean']:.0%}" if agent["trials"] else "–",
        ]
        for agent in findings.agents
    ]
    lines = [f"## relaybench {findings.id}", "", row(head), row([":--", *["--:"] * (len(head) - 1)])]
    lines += [row(cells) for cells in table]
    if findings.troubles:
        lines += ["", "<details><summary>What went wrong</summary>", ""]
        lines += [f"- {inert(line)}" for line in findings.troubles]
        lines += ["", "</details>"]
    if findings.insights:
        lines += ["", *(f"- {inert(line)}" for line in findings.insights)]
    return "\n".join([*lines, "", *(f"{inert(note)}  " for note in findings.notes), ""])


def _padded(cells: list[str], length: int) -> list[str]:
    return [*cells, *["–"] * (length - len(cells))]


def row(cells: list[str]) -> str:
    """One row of a table."""
    return f"| {' | '.join(cells)} |"


def inert(text: str) -> str:
    """Text that came out of a run, made inert: no markup, no links, no mentions."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~])", r"\\\1", printable(text, 1_000))
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;")
    # GitHub looks for @team, #1 and addresses after it has resolved escapes and entities: something must stand between.
    return re.sub(r"(?<=[@#])|(?<=:)(?=//)|(?<=www)(?=\.)", "&#8203;", escaped)
