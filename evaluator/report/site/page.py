"""A template and its content, made a page: escaping, the words for numbers, the page's own security policy."""

from __future__ import annotations

import functools
import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

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
NOTHING = "–"
_BROKEN = re.compile(r"(?m)^((?![ \t>|`]).{60,}\S)\n(?=[^\W\d_]|[(\"'`])")  # a long line that goes on in words
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


@functools.cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("evaluator.report.site"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_finalized,
    )
    environment.filters |= {
        "lines": lines,
        "flowed": flowed,
        "score": score,
        "points": points,
        "interval": interval,
        "percent": percent,
        "dollars": dollars,
        "seconds": seconds,
        "count": count,
        "plural": plural,
        "short": short,
        "heat": heat,
        "data": data,
        "diff_rows": diff_rows,
    }
    environment.globals |= {"to": addresses, "is_control": is_control}
    return environment


def _finalized(value: Any) -> Any:
    """What any template prints: text without characters that a reader cannot see, nothing as a dash."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return printable(value, LONGEST_LINE)
    return NOTHING if value is None else value


def lines(text: str, most: int = 10_000) -> Markup:
    """Text of several lines, each made visible; of more than `most`, or of very long ones, the first."""
    found = _COLOURS.sub("", text).split("\n")
    shown = found[:most] if len(text) * MOST_GROWTH <= LONGEST_TEXT else list(_fitting(found[:most])) or found[:1]
    more = [f"… and {plural(len(found) - len(shown), 'more line')}"] if len(found) > len(shown) else []
    return Markup.escape("\n".join([*map(visible, shown), *more]))


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


def score(value: float | None) -> str:
    """ "0.61"."""
    return NOTHING if value is None else f"{value:.2f}"


def points(value: float | None) -> str:
    """ "61", of the composite's hundred."""
    return NOTHING if value is None else f"{value:.0f}"


def interval(value: dict[str, Any] | None, digits: int = 2) -> str:
    """ "0.40 to 0.80"."""
    return NOTHING if value is None else f"{value['low']:.{digits}f} to {value['high']:.{digits}f}"


def percent(value: float | None) -> str:
    """ "61 %"."""
    return NOTHING if value is None else f"{100 * value:.0f} %"


def dollars(value: float | None) -> str:
    """ "$0.12"; two figures where it is less than ten cents."""
    if value is None:
        return NOTHING
    return f"${value:,.2f}" if value >= 0.1 or not value else f"${value:.2g}"


def seconds(value: float | None) -> str:
    """ "0.4 s", "41 s", "12 min", "3.2 h"."""
    if value is None:
        return NOTHING
    if value < 10:
        return f"{value:.2g} s"
    if value < 600:
        return f"{value:.0f} s"
    return f"{value / 60:.0f} min" if value < 7200 else f"{value / 3600:.1f} h"


def count(value: float | None) -> str:
    """ "940", "12.3k", "4.1M"."""
    if value is None:
        return NOTHING
    if value < 10_000:
        return f"{value:,.0f}"
    return f"{value / 1e3:.1f}k" if value < 1e6 else f"{value / 1e6:.1f}M"


def plural(number: int, what: str, several: str = "") -> str:
    """ "1 task", "3 tasks"."""
    return f"{number:,} {what if number == 1 else several or what + 's'}"


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
