"""What a run folder holds at the moment: read once, then only what has changed since."""

from __future__ import annotations

import contextlib
import fcntl
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evaluator.evidence import Event, TrialResult
from evaluator.report.findings import Findings, find
from evaluator.report.site import addresses
from evaluator.report.site.site import Site
from evaluator.run.folder import RunError, live_events, live_models, read_info, read_result
from evaluator.run.stored_trial import read_calls, read_events

if TYPE_CHECKING:
    from harness.gateway import Call

POLL_S = 1.0
REST = 4  # times as long as reading took, nothing is read again: who looks at pages needs the processor as well


@dataclass(frozen=True)
class _Known:
    """A trial's result and the moment its file was written."""

    written: int
    result: TrialResult


class Followed:
    """One run. `site` is its state as of `version`, which is another with each change that was seen."""

    def __init__(self, run: Path, overview: str = "") -> None:
        self.run, self._overview = run, overview
        self._known: dict[str, _Known] = {}
        self._info_written = 0
        self._closed = threading.Event()
        self.version = secrets.randbits(48)  # hardly one of an earlier viewer, whose pages may still be open
        self._seen = self._signs()
        self.site = self._read()

    def watch(self) -> None:
        """Look for changes until closed, in this thread. A folder that cannot be read for a moment stays as it was."""
        took = 0.0
        while not self._closed.wait(max(POLL_S, REST * took)):
            began = time.monotonic()
            with contextlib.suppress(RunError, OSError):
                self.look()
            took = time.monotonic() - began

    def look(self) -> bool:
        """Read what has changed; whether anything had. Raises `RunError` and `OSError`; then the next look reads it."""
        seen = self._signs()
        if seen == self._seen:
            return False
        self.version += 1
        self.site = self._read()
        self._seen = seen
        return True

    def state(self, address: str) -> str:
        """What the state of a page is called: another name as soon as the page would say something else."""
        running = next((name for name in self.site.running if addresses.trial(name) == address), None)
        return ".".join([self.site.live, *map(str, self._sizes(running))]) if running else self.site.live

    def close(self) -> None:
        """Let go whoever watches or waits."""
        self._closed.set()

    @property
    def closed(self) -> bool:
        """Whether it is over."""
        return self._closed.is_set()

    def so_far(self, name: str) -> tuple[list[Event], list[Call]] | None:
        """The events and the model calls so far of a trial that is running; None of any other."""
        with contextlib.suppress(RunError):
            if name in self.site.running:
                ledger = live_models(self.run, name) / "ledger.jsonl"
                return read_events(live_events(self.run, name)), read_calls(ledger)
        return None

    def _read(self) -> Site:
        known: dict[str, _Known] = {}
        for file in (self.run / "trials").glob("[!.]*/result.json"):
            name = file.parent.name
            try:
                written = file.stat().st_mtime_ns
                old = self._known.get(name)
                known[name] = old if old and old.written == written else _Known(written, read_result(self.run, name))
            except (FileNotFoundError, RunError):
                if file.exists():
                    raise
                # It is being replaced by another try.
        running = tuple(sorted(self._running()))
        return Site(self._findings(known), overview=self._overview, live=str(self.version), running=running)

    def _findings(self, known: dict[str, _Known]) -> Findings:
        """What there is to say of these; as before, where a trial has begun and none has ended."""
        written = (self.run / "run.json").stat().st_mtime_ns if (self.run / "run.json").exists() else 0
        if known == self._known and written == self._info_written:
            return self.site.findings
        found = find(self.run, read_info(self.run), [known[name].result for name in sorted(known)])
        self._known, self._info_written = known, written
        return found

    def _signs(self) -> object:
        """What differs when anything of this run does: trials come by renaming, rescoring writes the summary anew."""
        marks = [path.stat().st_mtime_ns for path in (self.run, self.run / "trials") if path.exists()]
        return marks, self._running()

    def _running(self) -> set[str]:
        """The trials that are running: those with a live file, if somebody works in the folder at all."""
        files = list((self.run / "trials").glob(".partial-*.live/events.jsonl"))
        if not files or not _is_locked(self.run / ".lock"):
            return set()
        return {file.parent.name.removeprefix(".partial-").removesuffix(".live") for file in files}

    def _sizes(self, name: str) -> list[int]:
        """How far a running trial has come: of its events and its model calls."""
        files = (live_events(self.run, name), live_models(self.run, name) / "ledger.jsonl")
        return [_size(file) for file in files]


def find_runs(paths: list[Path]) -> list[Path]:
    """The run folders among these, and below those that are folders of runs. Raises `RunError` where there is none."""
    found = []
    for path in paths:
        below = [path] if (path / "run.json").exists() else sorted(file.parent for file in path.glob("*/run.json"))
        if not below:
            raise RunError(f"{path} is no run folder, and holds none. Runs are written to ./runs by `relaybench run`.")
        found += below
    return list(dict.fromkeys(found))


def follow_all(runs: list[Path], say: Callable[[str], None]) -> list[Followed]:
    """Each run, read; where there are several, each knows the way back to all. Raises `RunError`."""
    several = len(runs) > 1
    followed = []
    for run in runs:
        followed.append(Followed(run, "../index.html" if several else ""))
        say(f"{run}: {len(followed[-1].site.trials):,} trials")
    return followed


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _is_locked(lock: Path) -> bool:
    """Whether an orchestrator works in the folder. Asking takes nothing from it: the lock is tried and let go."""
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
