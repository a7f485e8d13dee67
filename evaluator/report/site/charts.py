"""Pictures as SVG, drawn here: no script, no style attribute (the pages' policy forbids both), colours from the sheet.

Each says in words what it shows, for readers who do not see it; the numbers stand in a table beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from harness.sandbox.tree import printable

WIDTH, HEIGHT = 360, 220  # of a chart; text in it is sized for that width
LEFT, RIGHT, TOP, BOTTOM = 34, 10, 10, 30
COLOURS = 8  # classes s0 to s7 of the sheet; more series share the last


@dataclass(frozen=True)
class Series:
    """A line through (x, y); a gap where y is None. `dashed` for what is only there to compare with."""

    name: str
    values: Sequence[float | None]
    colour: int
    dashed: bool = False


@dataclass(frozen=True)
class Point:
    """A mark of a scatter plot with the interval of its y; `best` ones are joined by a line."""

    name: str
    x: float
    y: float
    low: float
    high: float
    colour: int
    best: bool


def whisker(mean: float, low: float, high: float, most: float = 1.0) -> Markup:
    """A mean and its interval on a scale from 0 to `most`; the number itself stands beside it."""

    def at(value: float) -> float:
        return 100 * min(1.0, max(0.0, value / most))

    return Markup(
        '<svg class="whisker" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="rail" x="0" y="5.5" width="100" height="1"/>'
        '<rect class="span" x="{:.2f}" y="3.5" width="{:.2f}" height="5"/>'
        '<rect class="mean" x="{:.2f}" y="1" width="2" height="10"/></svg>'
    ).format(at(low), max(0.6, at(high) - at(low)), min(98.0, max(0.0, at(mean) - 1)))


def curve(series: Sequence[Series], labels: Sequence[str], says: str) -> Markup:
    """Lines over rounds, y from 0 to 1."""
    step = (WIDTH - LEFT - RIGHT) / max(1, len(labels))

    def x(index: int) -> float:
        return LEFT + step * (index + 0.5)

    parts = [*_shares(), *(_text(x(n), HEIGHT - 10, label, "middle") for n, label in enumerate(labels))]
    for one in series:
        spots = [(x(n), _y(value)) for n, value in enumerate(one.values) if value is not None]
        path = " ".join(f"{'L' if n else 'M'}{a:.1f} {b:.1f}" for n, (a, b) in enumerate(spots))
        colour = min(one.colour, COLOURS - 1)
        dashed = " dashed" if one.dashed else ""
        parts.append(Markup('<path class="line s{}{}" d="{}"/>').format(colour, dashed, path))
        parts += [_mark(a, b, one.colour, one.name) for a, b in spots if not one.dashed]
    return _picture(parts, says)


def scatter(points: Sequence[Point], unit: str, says: str) -> Markup:
    """Scores (0 to 100) over costs, costs on a logarithmic scale where they differ tenfold."""
    costs = [point.x for point in points]
    scale = _log_scale(costs) if min(costs) > 0 and max(costs) > 8 * min(costs) else _linear_scale(costs)
    parts = [*_shares(100)]
    for value in scale.ticks:
        parts.append(_text(scale.at(value), HEIGHT - 10, _amount(value, unit), "middle"))
        parts.append(Markup('<line class="grid" x1="{0:.1f}" x2="{0:.1f}" y1="{1}" y2="{2}"/>').format(
            scale.at(value), TOP, HEIGHT - BOTTOM))  # fmt: skip
    front = sorted((point for point in points if point.best), key=lambda point: point.x)
    path = " ".join(f"{'L' if n else 'M'}{scale.at(p.x):.1f} {_y(p.y / 100):.1f}" for n, p in enumerate(front))
    parts.append(Markup('<path class="front" d="{}"/>').format(path))
    for point in points:
        a, colour = scale.at(point.x), min(point.colour, COLOURS - 1)
        parts.append(Markup('<line class="line s{0}" x1="{1:.1f}" x2="{1:.1f}" y1="{2:.1f}" y2="{3:.1f}"/>').format(
            colour, a, _y(point.low / 100), _y(point.high / 100)))  # fmt: skip
        parts.append(_mark(a, _y(point.y / 100), point.colour, point.name))
    return _picture(parts, says)


def mark(colour: int) -> Markup:
    """A series' mark, for a legend."""
    return Markup('<svg class="key" viewBox="-6 -6 12 12" aria-hidden="true" focusable="false">{}</svg>').format(
        _mark(0, 0, colour)
    )


@dataclass(frozen=True)
class Scale:
    """Where costs lie on the x axis."""

    ticks: Sequence[float]
    low: float
    high: float
    logarithmic: bool

    def at(self, value: float) -> float:
        """The place of a value."""
        low, high, here = self.low, self.high, value
        if self.logarithmic:
            low, high, here = math.log(low), math.log(high), math.log(value)
        return LEFT + 8 + (WIDTH - LEFT - RIGHT - 16) * (here - low) / ((high - low) or 1.0)


def _linear_scale(costs: Sequence[float]) -> Scale:
    most = max(costs) or 1.0
    step = 10 ** math.floor(math.log10(most))
    step = next(step * factor for factor in (0.2, 0.25, 0.5, 1, 2, 5) if most / (step * factor) <= 5)
    return Scale([step * n for n in range(int(most / step) + 1)], 0.0, most, logarithmic=False)


def _log_scale(costs: Sequence[float]) -> Scale:
    low, high = min(costs), max(costs)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [factor * 10.0**power for power in powers for factor in (1, 2, 5) if low <= factor * 10.0**power <= high]
    return Scale(ticks[:: math.ceil(len(ticks) / 5) or 1], low, high, logarithmic=True)


def _amount(value: float, unit: str) -> str:
    text = f"{value:.3g}"
    return f"${text}" if unit == "dollars" else f"{text} s"


def _y(share: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(1.0, max(0.0, share)))


def _shares(most: int = 1) -> Iterable[Markup]:
    """The grid of the y axis."""
    for share in (0, 0.25, 0.5, 0.75, 1):
        yield Markup('<line class="grid" x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/>').format(
            LEFT, WIDTH - RIGHT, _y(share)
        )
        label = f"{100 * share:.0f}" if most == 100 else f"{100 * share:.0f} %"
        yield _text(LEFT - 4, _y(share) + 3, label, "end")


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, printable(text, 40))


# One shape a colour, so that neither is needed alone.
_SHAPES = (
    '<circle r="4"/>', '<rect x="-3.5" y="-3.5" width="7" height="7"/>', '<path d="M0-5 5 4-5 4z"/>',
    '<path d="M0-5 5 0 0 5-5 0z"/>', '<path d="M0 5-5-4 5-4z"/>', '<rect x="-5" y="-2" width="10" height="4"/>',
    '<rect x="-2" y="-5" width="4" height="10"/>', '<circle r="2.5"/>',
)  # fmt: skip


def _mark(x: float, y: float, colour: int, name: str = "") -> Markup:
    kind = min(colour, COLOURS - 1)
    title = Markup("<title>{}</title>").format(printable(name, 80)) if name else ""
    shape = Markup(_SHAPES[kind])  # noqa: S704 - ours
    return Markup('<g class="mark s{}" transform="translate({:.1f} {:.1f})">{}{}</g>').format(kind, x, y, title, shape)


def _picture(parts: Iterable[Markup], says: str) -> Markup:
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, escape(printable(says, 600)), Markup("").join(parts)
    )
