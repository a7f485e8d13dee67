"""What a person sees while trials run, on standard error: a live table in a terminal, elsewhere a line a trial."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from evaluator.evidence import Asked, BoxReplaced, Event, Graded, HandedIn, Message, TrialResult, TurnEnded
from evaluator.run.gates import Verdict
from evaluator.trial.trial import TrialSpec


@dataclass
class _Running:
    spec: TrialSpec
    since: float = field(default_factory=time.monotonic)
    round: str = ""
    last: str = "starting"


class Progress:
    """A `Watcher` for people."""

    def __init__(self, console: Console) -> None:
        self.run_dir: Path | None = None
        self._console = console
        self._lock = threading.Lock()
        self._running: dict[str, _Running] = {}
        self._done = 0
        self._total = 0

    def planned(self, run_dir: Path, trials: int) -> None:
        """The run knows its folder and how many trials are left."""
        self.run_dir, self._total = run_dir, trials

    def say(self, line: str) -> None:
        """See `Watcher`."""
        self._console.print(escape(line), style="dim", highlight=False)

    def began(self, spec: TrialSpec) -> None:
        """See `Watcher`."""
        with self._lock:
            self._running[spec.name] = _Running(spec)

    def event(self, spec: TrialSpec, event: Event) -> None:
        """See `Watcher`."""
        with self._lock:
            running = self._running.setdefault(spec.name, _Running(spec))
            round_ = spec.task.rounds[event.round - 1]
            running.round = f"{round_.number}/{len(spec.task.rounds)} {round_.kind}"
            running.last = _words(event)

    def ended(self, spec: TrialSpec, result: TrialResult) -> None:
        """See `Watcher`."""
        with self._lock:
            self._running.pop(spec.name, None)
            self._done += 1
            count = f"[{self._done}/{self._total}]"
        if result.outcome == "completed":
            strict = sum(round_.strict for round_ in result.rounds)
            line = f"{count} {spec.name}: {strict} of {len(result.rounds)} rounds strict, {result.wall_s:.1f} s"
            self._console.print(escape(line), highlight=False)
        else:
            self._console.print(escape(f"{count} {spec.name}: infrastructure error: {result.error}"), style="red")

    def __rich__(self) -> Table:
        """The live table."""
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for heading in ("trial", "round", "time", "last"):
            table.add_column(heading, no_wrap=heading != "trial", overflow="fold")
        with self._lock:
            for running in self._running.values():
                seconds = f"{time.monotonic() - running.since:.0f} s"
                table.add_row(escape(running.spec.name), running.round, seconds, escape(running.last))
        return table


@contextlib.contextmanager
def watching(*, live: bool = True) -> Iterator[Progress]:
    """Show progress on standard error until the block ends; without `live` never as a table that is redrawn."""
    console = Console(stderr=True)
    progress = Progress(console)
    if live and console.is_terminal:
        with Live(progress, console=console, refresh_per_second=8, transient=True):
            yield progress
    else:
        yield progress


def _words(event: Event) -> str:  # noqa: PLR0911 - one line a kind
    match event:
        case Message():
            return "works on the report" if event.kind == "report" else "works on a complaint"
        case Asked():
            return "asked the reporter"
        case TurnEnded():
            return "stopped at the deadline" if event.reason == "timed_out" else "turn over"
        case HandedIn():
            return f"handed in, {len(event.changed)} file{'s'[: len(event.changed) != 1]} changed; grading"
        case Graded():
            return "green" if not event.red else f"red: {len(event.red)} groups"
        case BoxReplaced():
            return "got a new box"
        case _:  # kept for the scores; nothing to watch
            return "turn over"


class Counting:
    """How many gates of a task are done."""

    def __init__(self, task: str, console: Console) -> None:
        self._task, self._console = task, console
        self._done = 0
        self._total = 0
        self._last = "opening boxes"
        self._since = time.monotonic()

    def say(self, line: str) -> None:
        """Something a person may want to know."""
        self._console.print(escape(line), style="dim", highlight=False)

    def done(self, verdict: Verdict, total: int) -> None:
        """One gate has decided."""
        self._done, self._total = self._done + 1, total
        self._last = f"{verdict.gate}: {verdict.subject}"
        if not verdict.passed:
            self._console.print(
                escape(f"{self._task}: {self._last}: {verdict.evidence.splitlines()[0]}"), style="red", highlight=False
            )

    def __rich__(self) -> str:
        """The live line."""
        seconds = time.monotonic() - self._since
        return escape(f"{self._task}  {self._done}/{self._total or '?'} gates  {seconds:.0f} s  {self._last}")


@contextlib.contextmanager
def counting(task: str) -> Iterator[Counting]:
    """Show on standard error how far a check is."""
    console = Console(stderr=True)
    progress = Counting(task, console)
    if console.is_terminal:
        with Live(progress, console=console, refresh_per_second=8, transient=True):
            yield progress
    else:
        yield progress


@contextlib.contextmanager
def writing() -> Iterator[Callable[[int, int], None]]:
    """Show on standard error how many trials of a report are written."""
    console = Console(stderr=True)
    with console.status("reading") if console.is_terminal else contextlib.nullcontext() as status:
        yield lambda done, of: status.update(f"{done:,} of {of:,} trials") if status else None
