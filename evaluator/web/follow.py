"""What a run folder holds at the moment: read once, then only what has changed since."""

from __future__ import annotations

import contextlib
import fcntl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evaluator.evidence import Event, TrialResult
from evaluator.report.findings import find
from evaluator.report.site import addresses
from evaluator.report.site.site import Site
from evaluator.run.folder import RunError, live_events, live_models, read_info, read_result
from evaluator.run.stored_trial import read_calls, read_events

if TYPE_CHECKING:
    from harness.gateway import Call

POLL_S = 1.0


@dataclass(frozen=True)
class _Known:
    """A trial's result and the moment its file was written."""

    written: int
    result: TrialResult


class Followed:
    """One run. `site` is its state as of `version`, which is counted up with each change that was seen."""

    def __init__(self, run: Path, overview: str = "") -> None:
        self.run, self._overview = run, overview
        self._known: dict[str, _Known] = {}
        self._seen: object = None
        self._changed = threading.Condition()
        self._closed = False
        self.version = 0
        self.site = self._read()

    @property
    def place(self) -> str:
        """The run's part of an address, where there are several runs."""
        return addresses.slug(self.site.findings.id)

    def watch(self) -> None:
        """Look for changes until closed, in this thread. A folder that cannot be read for a moment stays as it was."""
        while not self._closed:
            with self._changed:
                self._changed.wait(POLL_S)
            with contextlib.suppress(RunError, OSError):
                self.look()

    def look(self) -> bool:
        """Read what has changed; whether anything had."""
        seen = self._signs()
        if seen == self._seen:
            return False
        site = self._read()
        with self._changed:
            self.site = site
            self.version += 1
            self._changed.notify_all()
        return True

    def wait(self, version: int, timeout_s: float) -> int:
        """The version, as soon as it is another than `version`, or after some time."""
        with self._changed:
            self._changed.wait_for(lambda: self.version != version or self._closed, timeout_s)
            return self.version

    def close(self) -> None:
        """Let go whoever watches or waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether it is over."""
        return self._closed

    def so_far(self, name: str) -> tuple[list[Event], list[Call]] | None:
        """The events and the model calls so far of a trial that is running; None of any other."""
        with contextlib.suppress(RunError):
            if name in self.site.running:
                ledger = live_models(self.run, name) / "ledger.jsonl"
                return read_events(live_events(self.run, name)), read_calls(ledger)
        return None

    def _read(self) -> Site:
        self._seen = self._signs()
        info = read_info(self.run)
        known: dict[str, _Known] = {}
        for file in (self.run / "trials").glob("[!.]*/result.json"):
            name = file.parent.name
            with contextlib.suppress(FileNotFoundError):  # it is being replaced by another try
                written = file.stat().st_mtime_ns
                old = self._known.get(name)
                known[name] = old if old and old.written == written else _Known(written, read_result(self.run, name))
        self._known = known
        results = [known[name].result for name in sorted(known)]
        running = tuple(sorted(self._running()))
        return Site(find(self.run, info, results), overview=self._overview, live=True, running=running)

    def _signs(self) -> object:
        """What differs when anything of this run does: trials come by renaming, rescoring writes the summary anew."""
        trials = self.run / "trials"
        marks = [path.stat().st_mtime_ns for path in (self.run, trials) if path.exists()]
        growing = [(name, self._size(name)) for name in sorted(self._running())]
        return marks, growing

    def _running(self) -> set[str]:
        """The trials that are running: those with a live file, if somebody works in the folder at all."""
        files = list((self.run / "trials").glob(".partial-*.live/events.jsonl"))
        if not files or not _is_locked(self.run / ".lock"):
            return set()
        return {file.parent.name.removeprefix(".partial-").removesuffix(".live") for file in files}

    def _size(self, name: str) -> list[int]:
        files = (live_events(self.run, name), live_models(self.run, name) / "ledger.jsonl")
        return [file.stat().st_size for file in files if file.exists()]


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
