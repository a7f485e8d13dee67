"""Every agent against itself, on the terminal, as Markdown, JUnit XML and JSON: the sentences first, tables beneath."""

from __future__ import annotations

from typing import Any

import junitparser
from rich.console import Console
from rich.markup import escape

from evaluator.report.comparison import document, sentences
from evaluator.report.comparison_pages import comparison_case, comparison_markdown, print_comparison
from evaluator.report.inert import inert, inert_html
from evaluator.run.results.before_after import BeforeAfter
from harness.sandbox.tree import printable

ADJUSTED = "p is adjusted (Holm) over all agents: the composites by themselves, the axes together."


def print_before_after(found: BeforeAfter, console: Console | None = None) -> None:
    """Print the verdict and who was left out, then each agent's comparison."""
    console = console or Console()
    for line in [_verdict(found), *found.left_out]:
        console.print(escape(printable(line, 1_000)), highlight=False)
    for one in found.comparisons:
        console.rule(escape(printable(one.b.agent)))
        print_comparison(one, None, console)


def before_after_markdown(found: BeforeAfter) -> str:
    """The verdict and a line an agent; the tables are folded away."""
    lines = ["## Before and after", "", f"**{inert(_verdict(found))}** {ADJUSTED}", ""]
    lines += [f"- {inert(sentences(one)[0])}" for one in found.comparisons if one.axes[0].paired]
    lines += [f"- {inert(line)}" for line in found.left_out]
    for one in found.comparisons:
        lines += ["", f"<details><summary>{inert_html(one.b.agent)}</summary>", "", comparison_markdown(one, None)]
        lines += ["</details>"]
    return "\n".join([*lines, ""])


def before_after_junit(found: BeforeAfter) -> bytes:
    """A suite an agent, a case an axis."""
    report = junitparser.JUnitXml()
    for one in found.comparisons:
        suite = junitparser.TestSuite(printable(one.b.agent))
        for axis in one.axes:
            suite.add_testcase(comparison_case(one, axis))
        report.add_testsuite(suite)
    xml: bytes = report.tostring()  # type: ignore[no-untyped-call]
    return xml


def before_after_document(found: BeforeAfter) -> dict[str, Any]:
    """Everything as JSON values."""
    return {
        "before": str(found.before),
        "after": str(found.after),
        "worse": found.worse,
        "left_out": found.left_out,
        "agents": {one.b.agent: document(one) for one in found.comparisons},
    }


def _verdict(found: BeforeAfter) -> str:
    if not found.worse:
        return f"No agent is significantly worse than before, of {len(found.comparisons)} compared."
    worse = "; ".join(f"{agent} on {', '.join(axes)}" for agent, axes in found.worse.items())
    return f"Significantly worse than before: {worse}."
