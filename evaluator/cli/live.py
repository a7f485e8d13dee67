"""The live table: a row a running trial, a line for the whole run. A board, a size and a time in, lines out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from evaluator.cli.running import READ_S, Clock, Running
from evaluator.evidence import TrialResult
from evaluator.run.remaining import remaining
from evaluator.trial.trial import TrialSpec
from harness.sandbox.tree import printable

if TYPE_CHECKING:
    from harness.gateway import Usage

WIDE = 116  # columns; with fewer a trial has two lines
GAP = 2
NEAR = 0.1  # of a turn's time: with less left it is shown to be near its end
LEAST_LAST = 30  # columns of the last event, however long the names are
NBSP = "\N{NO-BREAK SPACE}"


@dataclass
class Board:
    """A run so far: the trials that are `left` (of them `running`) and those that are `done`.

    `paid` is what the trials that ended cost, those of an earlier command included.
    """

    since: float
    jobs: int = 1
    max_usd: float | None = None
    left: dict[str, TrialSpec] = field(default_factory=dict)
    running: dict[str, Running] = field(default_factory=dict)
    done: list[TrialResult] = field(default_factory=list)
    paid: float = 0.0
    unpriced: bool = False  # a model was called whose price is not known
    _left_words: str = ""
    _left_at: float = float("-inf")

    def pay(self, usage: Usage) -> None:
        """A trial has ended, or begins again."""
        self.paid += usage.dollars or 0.0
        self.unpriced = self.unpriced or usage.dollars is None

    def time_left(self, now: float) -> str:
        """How long the run will still take, in words, estimated at most `READ_S` ago."""
        if now - self._left_at >= READ_S:
            self._left_words, self._left_at = self._estimate(now), now
        return self._left_words

    def _estimate(self, now: float) -> str:
        if not self.left:
            return "finishing"
        begun = {name: now - running.since for name, running in self.running.items()}
        found = remaining(list(self.left.values()), begun, self.done, self.jobs)
        if found is None:
            return "time left not known yet"
        if found.seconds < 1 and not found.unknown:
            return "longer than trials took so far"
        return f"{'more than' if found.unknown else 'about'} {rough(found.seconds)} left"


def draw(board: Board, width: int, height: int, now: float) -> Group:
    """The whole picture, at most `height` lines of at most `width` columns."""
    head = [Text(line, style="bold") for line in _run_line(board, width, now)]
    wide = width >= WIDE
    lines_a_row = 1 if wide else 2
    room = max(1, (height - len(head) - 4) // lines_a_row)  # a blank line, the headings, what is left out, the cursor
    rows = list(board.running.values())
    shown = rows[:room]
    table = _wide(shown, width, now) if wide else _narrow(shown, width, now)
    more = [Text(_left_out(rows[room:]), style="dim", no_wrap=True)] if len(rows) > room else []
    return Group(*head, Text(), table, *more)


def _run_line(board: Board, width: int, now: float) -> list[str]:
    """Done, broken, spent, elapsed, left: parts that are not torn apart where the line is."""
    broken = sum(result.outcome != "completed" for result in board.done)
    parts = [f"{len(board.done)} of {len(board.done) + len(board.left)} trials done"]
    if broken:
        parts.append(f"{broken} infrastructure error{'s'[: broken != 1]}")
    parts += [*_money(board, now), clock_words(now - board.since), board.time_left(now)]
    text = f"{NBSP}· ".join(part.replace(" ", NBSP) for part in parts)  # at these textwrap does not break
    return [line.replace(NBSP, " ") for line in textwrap.wrap(text, max(20, width))]


def _money(board: Board, now: float) -> Iterator[str]:
    used = [usage for running in board.running.values() if (usage := running.spent(now))]
    spent = board.paid + sum(usage.dollars or 0.0 for usage in used)
    unpriced = board.unpriced or any(usage.dollars is None for usage in used)
    if not (used or spent or unpriced or board.max_usd):
        return
    most = f" of ${board.max_usd:.2f}" if board.max_usd else ""
    yield f"${spent:.2f}{most}{' and unpriced calls' if unpriced else ''}"


def _wide(rows: Sequence[Running], width: int, now: float) -> Table:
    middle = [(_round(running), _clock(running, now), *_models(running, now)) for running in rows]
    headings = ("round", "clock", "calls", "cost")
    taken = sum(max(map(len, (head, *cells))) for head, *cells in zip(headings, *middle, strict=True))
    room = width - taken - GAP * (len(headings) + 1)  # for the trial's name and the last event: nothing is squeezed
    names = [elided(running.spec.name, room - LEAST_LAST) for running in rows]
    room -= max(map(len, ("trial", *names)))
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("trial")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "round" else "right")
    table.add_column("last event")
    for name, running, cells in zip(names, rows, middle, strict=True):
        table.add_row(Text(name), *cells, Text(_last(running, now, room)))
    return table


def _narrow(rows: Sequence[Running], width: int, now: float) -> Group:
    lines = []
    for running in rows:
        line = Text("  ")
        if running.round:
            line = Text.assemble("  ", _round(running), "  ", _clock(running, now), "  ")
        if running.usage:
            calls, cost = _models(running, now)
            line.append(f"{calls} call{'s'[: calls != '1']}  {cost}  ")
        line.append(_last(running, now, width - len(line)))
        line.truncate(width, overflow="ellipsis")
        lines += [Text(elided(running.spec.name, width)), line]
    return Group(*lines)


def _round(running: Running) -> str:
    if running.round is None:
        return "–"
    again = f", try {running.hand_in}" if running.hand_in > 1 else ""
    return f"{running.round.number}/{len(running.spec.task.rounds)} {running.round.kind}{again}"


def _clock(running: Running, now: float) -> Text:
    """The time used and the deadline; near the end in red, and with a sign that can be seen without colour."""
    clock = running.clock(now)
    if clock is None:
        return Text("–")
    near = _near(clock)
    text = f"{'! ' if near else ''}{clock_words(clock.used_s)}/{clock_words(clock.deadline_s)}"
    return Text(text, style="bold red" if near else "")


def _near(clock: Clock) -> bool:
    return clock.left_s < NEAR * clock.deadline_s


def _models(running: Running, now: float) -> tuple[str, str]:
    """Calls and cost so far; dashes for an agent that calls no models."""
    usage = running.spent(now)
    if usage is None:
        return "–", "–"
    return str(usage.calls), "unpriced" if usage.dollars is None else f"${usage.dollars:.2f}"


def _last(running: Running, now: float, most: int) -> str:
    """What happened last and how long ago, in at most so many columns; of the two the time is never cut."""
    age = f" ({rough(now - running.last_at)})"
    room = max(1, most - len(age))
    return (running.last if len(running.last) <= room else f"{running.last[: room - 1]}…") + age


def _left_out(rows: Sequence[Running]) -> str:
    working = sum(running.last.startswith(("works", "asked")) for running in rows)
    return f"and {len(rows)} more trials, {working} of them at work"


def clock_words(seconds: float) -> str:
    """ "0:41", "12:05", "1:02:03"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def rough(seconds: float) -> str:
    """ "8 s", "12 min", "1 h 20 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def elided(name: str, most: int) -> str:
    """A name that fits; what is cut is in its middle, since its end tells attempts apart."""
    name = printable(name)
    if len(name) <= most:
        return name
    end = most // 2
    return f"{name[: most - end - 1]}…{name[-end:]}"
