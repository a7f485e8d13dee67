"""How far a check of a task's gates is, on standard error: a live line in a terminal, elsewhere what holds it back."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console
from rich.live import Live
from rich.markup import escape

from evaluator.run.gates import Verdict


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
