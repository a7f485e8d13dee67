"""A CI matrix as Markdown, for the page of the job that plans it."""

from __future__ import annotations

from collections.abc import Sequence

from evaluator.report.inert import head, inert, row


def matrix_markdown(headings: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str]) -> str:
    """The table, and what to know of it."""
    lines = ["## Evaluation plan", "", *head(headings), *(row([inert(cell) for cell in cells]) for cells in rows)]
    return "\n".join([*lines, "", *(f"{inert(note)}  " for note in notes), ""])
