"""A trial at a glance: when the agent worked, when it called models, asked, handed in, and what the grade was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from evaluator.evidence import Asked, Event, Graded, Message, TurnEnded

if TYPE_CHECKING:
    from harness.gateway import Call

WIDTH = 1000.0
MOST_CALLS = 1_000  # marks; more would be one bar


def timeline(events: Sequence[Event], calls: Sequence[Call]) -> Markup | None:
    """The picture; None where nothing happened."""
    graded = [event.at for event in events if isinstance(event, Graded | TurnEnded)]
    if not graded:
        return None
    end = max(graded) or 1.0
    parts = [*_turns(events, end), *_calls(calls, end)]
    for event in events:
        at = WIDTH * event.at / end
        if isinstance(event, Asked):
            parts.append(_bar("asked", at, 4, 8))
        elif isinstance(event, Graded) and not event.red:
            parts.append(_bar("good", at, 32, 12))
        elif isinstance(event, Graded):  # broken in two, for who does not see the colour
            parts += [_bar("bad", at, 32, 5), _bar("bad", at, 39, 5)]
    says = f"{len(calls)} model calls, {sum(isinstance(e, Asked) for e in events)} questions and "
    says += f"{sum(isinstance(e, Graded) for e in events)} grades over {end:.0f} seconds."
    drawn = "".join(parts)  # numbers and words of ours only
    return Markup(  # noqa: S704
        f'<svg class="timeline" viewBox="0 0 {WIDTH:.0f} 46" preserveAspectRatio="none" role="img" '
        f'aria-label="{says}">{drawn}</svg>'
    )


def _turns(events: Sequence[Event], end: float) -> Iterator[str]:
    began = None
    for event in sorted(events, key=lambda event: event.at):
        if isinstance(event, Message):
            began = event.at
        elif isinstance(event, TurnEnded) and began is not None:
            width = max(2.0, WIDTH * (event.at - began) / end)
            yield _bar(f"turn r{(event.round - 1) % 3}", WIDTH * began / end, 16, 14, width)


def _calls(calls: Sequence[Call], end: float) -> Iterator[str]:
    for call in calls[:MOST_CALLS]:
        height = 3 + min(11.0, call.total_s)
        kind = "call" if call.outcome == "ok" else "call bad"
        yield _bar(kind, WIDTH * call.began_s / end, 30 - height, height, 1.5)


def _bar(kind: str, x: float, y: float, height: float, width: float = 4.0) -> str:
    x = min(WIDTH - width, max(0.0, x))
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
