"""Text that came out of a run, made inert for Markdown as GitHub reads it."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from harness.sandbox.tree import printable


def inert(text: str) -> str:
    """`text` without markup, links or mentions, for a line or a cell of Markdown."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~])", r"\\\1", printable(text, 1_000))
    return _apart(escaped.replace("&", "&amp;").replace("<", "&lt;"))


def inert_html(text: str) -> str:
    """The same for between two tags, where Markdown is not read."""
    return _apart(html.escape(printable(text, 1_000)))


def row(cells: Sequence[str]) -> str:
    """One row of a table."""
    return f"| {' | '.join(cells)} |"


def head(headings: Sequence[str]) -> list[str]:
    """A table's first two lines: its first column to the left, the others, numbers, to the right."""
    return [row(headings), row([":--", *["--:"] * (len(headings) - 1)])]


def _apart(text: str) -> str:
    # GitHub looks for @team, #1 and addresses after it has resolved escapes and entities: something must stand between.
    return re.sub(r"(?<=[@#])|(?<=:)(?=//)|(?<=www)(?=\.)", "&#8203;", text)
