"""What a person sees while trials run, on standard error: a live table in a terminal, elsewhere a line a trial."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.markup import escape

from evaluator.cli.live import Board, draw
from evaluator.cli.running import Running
from evaluator.evidence import Event, TrialResult
from evaluator.trial.trial import TrialSpec

if TYPE_CHECKING:
    from harness.gateway import Usage

REFRESHES = 2  # a second


class Progress:
    """A `Watcher` for people."""

    def __init__(
        self,
        console: Console,
        *,
        jobs: int = 1,
        max_usd: float | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.run_dir: Path | None = None
        self._console = console
        self._now = now
        self._lock = threading.Lock()
        self._board = Board(now(), jobs, max_usd)

    def planned(self, run_dir: Path, trials: Sequence[TrialSpec], spent: float) -> None:
        """See `Watcher`."""
        self.run_dir = run_dir
        with self._lock:
            self._board.since, self._board.paid = self._now(), spent
            self._board.left = {spec.name: spec for spec in trials}

    def say(self, line: str) -> None:
        """See `Watcher`."""
        self._console.print(escape(line), style="dim", highlight=False)

    def began(self, spec: TrialSpec) -> None:
        """See `Watcher`."""
        with self._lock:
            self._leave(spec)  # where it is tried once more
            self._board.running[spec.name] = Running(spec, self._now())

    def metered(self, spec: TrialSpec, usage: Callable[[], Usage]) -> None:
        """See `Watcher`."""
        with self._lock:
            self._board.running[spec.name].usage = usage

    def event(self, spec: TrialSpec, event: Event) -> None:
        """See `Watcher`."""
        with self._lock:
            self._board.running[spec.name].note(event, self._now())

    def ended(self, spec: TrialSpec, result: TrialResult) -> None:
        """See `Watcher`."""
        with self._lock:
            self._leave(spec)
            self._board.left.pop(spec.name, None)
            self._board.done.append(result)
            done = len(self._board.done)
            count = f"[{done}/{done + len(self._board.left)}]"
        if result.outcome == "completed":
            strict = sum(round_.strict for round_ in result.rounds)
            line = f"{count} {spec.name}: {strict} of {len(result.rounds)} rounds strict, {result.wall_s:.1f} s"
            self._console.print(escape(line), highlight=False)
        else:
            self._console.print(escape(f"{count} {spec.name}: infrastructure error: {result.error}"), style="red")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The live table."""
        with self._lock:
            yield draw(self._board, options.max_width, console.height, self._now())

    def _leave(self, spec: TrialSpec) -> None:
        running = self._board.running.pop(spec.name, None)
        if running and running.usage:
            self._board.pay(running.usage())


@contextlib.contextmanager
def watching(*, live: bool = True, jobs: int = 1, max_usd: float | None = None) -> Iterator[Progress]:
    """Show progress on standard error until the block ends; without `live` never as a table that is redrawn."""
    console = Console(stderr=True)
    progress = Progress(console, jobs=jobs, max_usd=max_usd)
    if live and console.is_terminal:  # rich draws nothing on a dumb one
        with Live(progress, console=console, refresh_per_second=REFRESHES, transient=True):
            yield progress
    else:
        yield progress


@contextlib.contextmanager
def writing() -> Iterator[Callable[[int, int], None]]:
    """Show on standard error how many trials of a report are written."""
    console = Console(stderr=True)
    with console.status("reading") if console.is_terminal else contextlib.nullcontext() as status:
        yield lambda done, of: status.update(f"{done:,} of {of:,} trials") if status else None
