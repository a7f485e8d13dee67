"""A template and its content, made a page: escaping, and the page's own security policy."""

from __future__ import annotations

import functools
import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape

from evaluator.report.numbers import NOTHING, bounds, count, dollars, percent, plural, points, score, seconds
from evaluator.report.site import addresses
from evaluator.run.results.counted import is_control
from harness.sandbox.tree import printable

if TYPE_CHECKING:
    from evaluator.report.site.trial.diffs import Hunk

# No page needs more than its own style sheet and script; whatever slips through escaping finds nothing that runs it.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; frame-src 'self'; connect-src {connect}; "
    "form-action 'self'; base-uri 'none'"
)
LONGEST_LINE = 2_000  # characters
LONGEST_TEXT = 30_000  # characters, as they are shown; a trajectory's or a change's pages have room for more
MOST_GROWTH = 10  # times that a character can take when it is shown: \U000e0001
_BROKEN = re.compile(r"(?m)^((?![ \t>|`]).{60,}\S)\n(?=[^\W\d_]|[(\"'`])")  # a long line that goes on in words
_PLAIN = re.compile(r"[\w .,:/#+-]{0,200}").fullmatch  # as most texts are: to be printed as it is
_ODD = re.compile(r"[^\n\t -~]")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # of a terminal; other escapes are shown


def page(template: str, address: str, *, live: str = "", **content: Any) -> str:
    """The text of the page at `address`. `live`: from a server, which knows the page's state by this name."""
    return (
        _templates()
        .get_template(template)
        .render(
            root=addresses.root(address),
            policy=POLICY.format(connect="'self'" if live else "'none'"),
            live=live,
            **content,
        )
    )


def prepare() -> None:
    """Compile all templates: otherwise each is when it is first needed, while somebody waits."""
    for name in _templates().list_templates():
        _templates().get_template(name)


@functools.cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("evaluator.report.site"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_shown,
    )
    environment.code_generator_class = _Printing
    here = (lines, flowed, short, heat, data, diff_rows)
    for shown in (*here, score, points, percent, bounds, dollars, seconds, count, plural):
        environment.filters[shown.__name__] = shown
    environment.globals |= {"to": addresses, "is_control": is_control}
    return environment


def _shown(value: Any) -> str:
    """What any template prints, escaped: text without characters that a reader cannot see, nothing as a dash."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return value if _PLAIN(value) else escape(printable(value, LONGEST_LINE))
    return NOTHING if value is None else escape(value)


class _Printing(CodeGenerator):
    """Has templates print what `_shown` returns, which is escaped. To escape it again takes a sixth of the time."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        self.write(finalize.src or "")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        self.write(")")


def lines(text: str, most: int = 10_000) -> Markup:
    """Text of several lines, each made visible; of more than `most`, or of very long ones, the first."""
    found = _COLOURS.sub("", text).split("\n")
    shown = found[:most] if len(text) * MOST_GROWTH <= LONGEST_TEXT else list(_fitting(found[:most])) or found[:1]
    more = [f"… and {plural(len(found) - len(shown), 'more line')}"] if len(found) > len(shown) else []
    return escape("\n".join([*map(visible, shown), *more]))


def _fitting(found: Iterable[str]) -> Iterator[str]:
    room = LONGEST_TEXT
    for line in found:
        room -= 1 + weight(line[:LONGEST_LINE])
        if room < 0:
            return
        yield line


def weight(text: str) -> int:
    """About how many characters of a page a text takes once all in it is visible and escaped; never fewer."""
    odd = len(text) - len(_ODD.sub("", text))
    return len(text) + (MOST_GROWTH - 1) * odd + 5 * sum(map(text.count, "<>&\"'"))


def flowed(text: str) -> Markup:
    """Prose that was broken to fit a file's width, to be broken where the page needs it. Lists and code stay."""
    return lines(_BROKEN.sub(r"\1 ", text))


def visible(line: str) -> str:
    """A line with what cannot be seen in it shown as escapes, tabs excepted."""
    if line.isprintable() and len(line) <= LONGEST_LINE:
        return line
    return "\t".join(printable(part, LONGEST_LINE) for part in line.split("\t"))


def short(text: str, most: int = 300) -> str:
    """The beginning of a text."""
    return printable(text, most)


def heat(value: float | None, most: float = 1.0) -> str:
    """The class of a cell's shade: h0 to h10."""
    return "none" if value is None else f"h{round(10 * min(1.0, max(0.0, value / most)))}"


def data(value: Any) -> Markup:
    """A value as JSON that may stand in a script element of type application/json."""
    return Markup(re.sub("[<>&]", lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value)))  # noqa: S704


def diff_rows(hunk: Hunk) -> Markup:
    """The rows of a hunk. Built here and escaped together, since they are most of what a large report consists of."""
    texts = html.escape("\n".join([visible(line[1:]) for line in hunk.lines]), quote=False).split("\n")
    old, new, rows = hunk.old, hunk.new, []
    for line, text in zip(hunk.lines, texts, strict=True):
        match line[:1]:
            case "+":
                rows.append(f'<tr class="add"><td></td><td>{new}</td><td>{text}</td></tr>')
                new += 1
            case "-":
                rows.append(f'<tr class="del"><td>{old}</td><td></td><td>{text}</td></tr>')
                old += 1
            case " ":
                rows.append(f'<tr class="same"><td>{old}</td><td>{new}</td><td>{text}</td></tr>')
                old, new = old + 1, new + 1
            case _:  # what git says where a file ends without a line's end
                rows.append(f'<tr class="at"><td></td><td></td><td>{text}</td></tr>')
    return Markup("\n".join(rows))  # noqa: S704 - escaped above
