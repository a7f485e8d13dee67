"""A comparison on the terminal, as Markdown and as JUnit XML."""

from __future__ import annotations

from collections.abc import Sequence

import junitparser
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evaluator.report import choice as choosing
from evaluator.report.comparison import HEADINGS, cells, legend, notes, sentences
from evaluator.report.inert import head, inert, row
from evaluator.run.results.choose import Choice
from evaluator.run.results.compare import AxisComparison, Comparison
from harness.sandbox.tree import printable

WIDE = 110  # columns


def print_comparison(found: Comparison | None, choice: Choice | None, console: Console | None = None) -> None:
    """Print what was compared, the sentences and the table; then which agent to use, if that was asked."""
    console = console or Console()
    narrow = console.width < WIDE
    if found:
        _lines(console, notes(found), style="dim")
        _lines(console, sentences(found))
        console.print(_table(HEADINGS, [cells(axis) for axis in found.axes], narrow=narrow))
        _lines(console, [legend()], style="dim")
    if choice:
        rows = [choosing.choice_cells(choice, offer) for offer in choice.offers]
        _lines(console, choosing.choice_sentences(choice))
        console.print(_table(choosing.HEADINGS, rows, narrow=narrow))


def comparison_markdown(found: Comparison | None, choice: Choice | None) -> str:
    """The same for a job summary or a pull request."""
    lines = []
    if found:
        lines += [f"## {inert(found.a.label)} (A) and {inert(found.b.label)} (B)", ""]
        lines += [f"- {inert(line)}" for line in sentences(found)]
        lines += ["", *_rows(HEADINGS, [cells(axis) for axis in found.axes]), ""]
        lines += [f"{inert(line)}  " for line in (*notes(found), legend())]
    if choice:
        lines += ["", "## Which agent", ""] if found else ["## Which agent", ""]
        lines += [f"- {inert(line)}" for line in choosing.choice_sentences(choice)]
        rows = [choosing.choice_cells(choice, offer) for offer in choice.offers]
        lines += ["", *_rows(choosing.HEADINGS, rows)]
    return "\n".join([*lines, ""])


def comparison_junit(found: Comparison) -> bytes:
    """One case an axis and one for the composite: failed where B is significantly worse, skipped where not measured."""
    suite = junitparser.TestSuite("relaybench compare")
    for axis in found.axes:
        suite.add_testcase(comparison_case(found, axis))
    report = junitparser.JUnitXml()
    report.add_testsuite(suite)
    xml: bytes = report.tostring()  # type: ignore[no-untyped-call]
    return xml


def comparison_case(found: Comparison, axis: AxisComparison) -> junitparser.TestCase:
    """One axis as a case."""
    case = junitparser.TestCase(axis.axis, classname=printable(f"{found.b.label} against {found.a.label}"))
    text = "  ".join(f"{head} {cell}" for head, cell in zip(HEADINGS[1:], cells(axis)[1:], strict=True) if cell)
    if axis.paired is None:
        case.result = [junitparser.Skipped("not measured in both")]
    elif axis.verdict < 0:
        case.result = [junitparser.Failure(f"significantly worse: {text}")]
    else:
        case.system_out = text
    return case


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, narrow: bool) -> Table:
    """When `narrow`, headings of two words and intervals in brackets stand in two lines."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(headings[0], overflow="fold", min_width=8)
    for heading in headings[1:]:
        split = narrow and heading.count(" ") and "−" not in heading and "%" not in heading
        table.add_column(heading.replace(" ", "\n", 1) if split else heading, justify="right", no_wrap=True)
    for first, *rest in rows:
        table.add_row(escape(printable(first)), *(cell.replace(" (", "\n(") if narrow else cell for cell in rest))
    return table


def _lines(console: Console, lines: Sequence[str], style: str = "") -> None:
    for line in lines:
        console.print(escape(printable(line, 1_000)), style=style, highlight=False)
    console.print()


def _rows(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [*head(headings), *(row([inert(cell) for cell in cells_]) for cells_ in rows)]
