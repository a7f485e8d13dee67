"""A run as Markdown, for job summaries and pull requests."""

from __future__ import annotations

import re
from pathlib import Path

from evaluator.report.findings import read_findings
from evaluator.report.terminal import interval


def markdown(run: Path) -> str:
    """One run's report."""
    findings = read_findings(run)
    head = ["agent", "trials", "composite", "correctness", "first try", *findings.rounds, "whole chain"]
    rows = [
        [
            _text(agent["agent"]),
            str(agent["trials"]),
            interval(agent["scores"].get("composite"), digits=0),
            interval(agent["scores"].get("correctness")),
            f"{agent['first_try']['mean']:.2f}" if agent["first_try"] else "–",
            *(f"{round_['mean']:.0%}" for round_ in agent["strict_by_round"]),
            f"{agent['whole_chain']['mean']:.0%}",
        ]
        for agent in findings.agents
    ]
    lines = [f"## relaybench {findings.id}", "", _row(head), _row([":--", *["--:"] * (len(head) - 1)])]
    lines += [_row([*row, *["–"] * (len(head) - len(row))]) for row in rows]
    if findings.troubles:
        lines += ["", "<details><summary>What went wrong</summary>", ""]
        lines += [f"- {_text(line)}" for line in findings.troubles]
        lines += ["", "</details>"]
    return "\n".join([*lines, "", *(f"{_text(note)}  " for note in findings.notes), ""])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    """Text that came out of a run, made inert: no markup, no links, no mentions."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~])", r"\\\1", text).replace("&", "&amp;").replace("<", "&lt;")
    return escaped.replace("@", "&#64;")
