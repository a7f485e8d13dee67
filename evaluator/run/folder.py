"""The run folder: the one owner of what a run leaves on disk.

    run.json       what was asked, of which versions, on which machine
    summary.json   scores over all trials (`summary.py`)
    tasks/<id>-<digest>.tar.gz, .json               each task as it was asked, and what its solutions measure
    trials/<agent>--<task>--<attempt>/
        result.json, events.jsonl, history.bundle
        measures.json                               what static analysis saw of each round, and of which history
        models/ledger.jsonl, bodies/            every model call, where the agent has access to models
        trajectory.json                             what it did by them (ATIF 1.8), where the gateway saw it
        rounds/<n>-<kind>/message.md, diff.patch, junit.xml, grade.json     the last hand-in
        rounds/<n>-<kind>/hand-in-<k>/...                                   those before it

A trial's folder appears by one rename when it is whole. Until then `.partial-<trial>.live/events.jsonl` tells who
follows it what has happened so far. A killed orchestrator leaves at most `.partial-*` folders, which the next run
removes.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import junitparser
from pydantic import ValidationError

from evaluator.evidence import MEASURES_VERSION, Event, Grade, Measures, TrialResult
from evaluator.run.profile import Profile
from evaluator.trial.record import RoundRecord, TrialRecord
from harness.formats import Strict, explain
from harness.sandbox.tree import printable

FORMAT = 1
LEAST_ROOM = 16 << 20  # bytes; with less, a trial that failed for no known reason is taken to have failed of that


class RunError(Exception):
    """A run folder that cannot be used, and what to do about it."""


class DiskError(RunError):
    """A run folder that cannot be written: the machine's failure, not the request's."""


class TaskRef(Strict):
    """Which task was asked: two runs with the same digest asked the same."""

    id: str
    version: int
    digest: str
    folder: str


class Shard(Strict):
    """One of several parts of a run: `number` (from 1) of `of`, with so many of the trials that count."""

    number: int
    of: int
    trials: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


class MeasuresFile(Strict):
    """measures.json: good for a history with this hash, as long as measuring is of this version."""

    version: int = MEASURES_VERSION
    history: str
    rounds: dict[int, Measures | None]


class RunInfo(Strict):
    """run.json. `agents`, `tasks` and `attempts` are the whole plan's, `shard` says which part of it this is.

    `models` names the models of the agents that were given one (older runs do not say), `model` the one of all of them:
    None where runs of several were merged.
    """

    format: int = FORMAT
    id: str
    created: str
    agents: tuple[str, ...]
    tasks: tuple[TaskRef, ...]
    attempts: int
    deadline_scale: float
    sandbox: str
    twin: bool = False
    control: bool = False
    own_tests: bool = True
    model: str | None = None
    models: dict[str, str] = {}
    profile: Profile = Profile()
    shard: Shard | None = None
    versions: dict[str, str]
    machine: dict[str, str]

    def model_of(self, agent: str) -> str | None:
        """The model that an agent was given."""
        return self.models.get(agent) if self.models else self.model


class RunFolder:
    """An open run folder. Use as a context manager: it is locked against a second orchestrator."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    def __enter__(self) -> RunFolder:
        with _disk_errors(self.path):
            (self.path / "trials").mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        if not _locked(self._lock):
            os.close(self._lock)
            raise RunError(f"Another relaybench is working in {self.path}. Wait for it, or choose --run-dir.")
        for left in (self.path / "trials").glob(".partial-*"):
            shutil.rmtree(left, ignore_errors=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            os.close(self._lock)

    def info(self) -> RunInfo | None:
        """run.json, None in a new folder. Raises `RunError`."""
        return read_info(self.path) if (self.path / "run.json").exists() else None

    def write_info(self, info: RunInfo) -> None:
        """Write run.json."""
        write_whole(self.path / "run.json", _json(info.model_dump(mode="json")))

    def write_summary(self, summary: dict[str, Any]) -> None:
        """Write summary.json."""
        write_whole(self.path / "summary.json", _json(summary))

    def check_room(self) -> None:
        """Raises `DiskError` when next to nothing is left of the disk."""
        free = shutil.disk_usage(self.path).free
        if free < LEAST_ROOM:
            with _disk_errors(self.path):
                raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)} ({free >> 10} KiB)")

    @contextlib.contextmanager
    def scratch(self, name: str) -> Iterator[Path]:
        """A folder for a running trial's own files; gone afterwards."""
        folder = self.path / "trials" / f".partial-{name}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def live(self, name: str) -> Iterator[Callable[[Event], None]]:
        """What takes a running trial's events as they happen, for who follows it; gone when the trial is stored.

        Nothing depends on it: what cannot be written is not.
        """
        file = live_events(self.path, name)
        shutil.rmtree(file.parent, ignore_errors=True)
        with contextlib.suppress(OSError):
            file.parent.mkdir()
            file.touch()

        def note(event: Event) -> None:
            with contextlib.suppress(OSError), file.open("ab") as out:
                out.write(event.model_dump_json().encode() + b"\n")

        try:
            yield note
        finally:
            shutil.rmtree(file.parent, ignore_errors=True)

    def models(self, name: str) -> Path:
        """An empty folder for what a running trial's gateway writes; it becomes part of the trial's when stored."""
        folder = live_models(self.path, name)
        shutil.rmtree(folder, ignore_errors=True)
        with _disk_errors(folder):
            folder.mkdir()
        return folder

    def save(self, record: TrialRecord) -> None:
        """Store a finished trial."""
        files: dict[str, bytes] = {
            "history.bundle": record.bundle,
            "measures.json": measured_file(record.bundle, record.measures),
        }
        if record.trajectory is not None:
            files["trajectory.json"] = _json(record.trajectory)
        for round_ in record.rounds:
            files.update(_round_files(round_))
        self._store(record.result, record.events, files)

    def save_failure(self, result: TrialResult, events: Sequence[Event], trace: str) -> None:
        """Store a trial that the host's failure ended; a later `--resume` runs it again."""
        self._store(result, events, {"error.txt": trace.encode()} if trace else {})

    def _store(self, result: TrialResult, events: Sequence[Event], files: dict[str, bytes]) -> None:
        files["events.jsonl"] = b"".join(event.model_dump_json().encode() + b"\n" for event in events)
        files["result.json"] = result_file(result)
        partial = self.path / "trials" / f".partial-{result.name}.done"
        shutil.rmtree(partial, ignore_errors=True)
        with _disk_errors(self.path):
            for name, data in files.items():
                path = partial / name
                path.parent.mkdir(parents=True, exist_ok=True)
                _write_synced(path, data)
            models = live_models(self.path, result.name)
            if models.exists():
                models.rename(partial / "models")
            final = self.path / "trials" / result.name
            shutil.rmtree(final, ignore_errors=True)
            partial.rename(final)


def read_info(run: Path) -> RunInfo:
    """A run's run.json. Raises `RunError`."""
    info: RunInfo = read_model(run / "run.json", RunInfo)
    return info


def live_events(run: Path, name: str) -> Path:
    """Where the events of a running trial are written as they happen."""
    return run / "trials" / f".partial-{name}.live" / "events.jsonl"


def live_models(run: Path, name: str) -> Path:
    """Where the gateway writes what a running trial asks of models."""
    return run / "trials" / f".partial-{name}.models"


def trial_names(run: Path) -> list[str]:
    """The stored trials of a run."""
    return sorted(file.parent.name for file in (run / "trials").glob("[!.]*/result.json"))


def read_result(run: Path, name: str) -> TrialResult:
    """A stored trial's result.json. Raises `RunError`, also where it tells of another trial than its folder's."""
    file = run / "trials" / name / "result.json"
    result: TrialResult = read_model(file, TrialResult)
    if result.name != name:
        raise RunError(f"{file}: tells of the trial {printable(result.name)}. Was the folder renamed?")
    return result


def read_results(run: Path) -> list[TrialResult]:
    """The results of a run's stored trials, by name. Raises `RunError`."""
    return [read_result(run, name) for name in trial_names(run)]


def rewrite(path: Path, data: bytes) -> bool:
    """Write a file again, if it says something else than before; whether it did."""
    if path.exists() and path.read_bytes() == data:
        return False
    write_whole(path, data)
    return True


def measured_file(bundle: bytes, measures: Mapping[int, Measures | None]) -> bytes:
    """measures.json: what was measured of which history, by which version."""
    stored = MeasuresFile(history=hashlib.sha256(bundle).hexdigest(), rounds=dict(measures))
    return _json(stored.model_dump(mode="json"))


def result_file(result: TrialResult) -> bytes:
    """result.json"""
    return _json(result.model_dump(mode="json"))


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    with _disk_errors(path):
        partial = path.with_name(f".{path.name}.partial")
        _write_synced(partial, data)
        partial.replace(path)


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _round_files(record: RoundRecord) -> Iterator[tuple[str, bytes]]:
    home = f"rounds/{record.round.slug}"
    last = len(record.grades)
    steps = zip(record.messages, record.diffs, record.grades, strict=True)
    for hand_in, (message, diff, grade) in enumerate(steps, 1):
        place = home if hand_in == last else f"{home}/hand-in-{hand_in}"
        yield f"{place}/message.md", message.encode()
        yield f"{place}/diff.patch", diff
        yield f"{place}/junit.xml", junit(grade, record.round.slug)
        yield f"{place}/grade.json", _json(grade.model_dump(mode="json"))


def junit(grade: Grade, name: str) -> bytes:
    """A grade as JUnit XML, one case a hidden test (one a group where nothing could be tested)."""
    suite = junitparser.TestSuite(name)
    for group, result in {**grade.groups, **grade.probes}.items():
        for test, why in (result.tests or {"(all)": "" if result.passed else grade.reason}).items():
            case = junitparser.TestCase(test, classname=group)
            if why:
                case.result = [junitparser.Failure(why)]
            suite.add_testcase(case)
    report = junitparser.JUnitXml()
    report.add_testsuite(suite)
    xml: bytes = report.tostring()  # type: ignore[no-untyped-call]
    return xml


def read_model(path: Path, model: type[Any]) -> Any:
    """A JSON file as a `model`. Raises `RunError`."""
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({error.strerror}); is this a run folder?") from error
    except ValidationError as error:
        raise RunError(
            f"{path}: {explain(error, model)[0]}. Was it written by another version of relaybench?"
        ) from error


def _json(data: object) -> bytes:
    return json.dumps(data, indent=1, ensure_ascii=False, sort_keys=False).encode() + b"\n"


def _locked(lock: int) -> bool:
    """Take the lock, if it is free. Twice: a viewer that asks whether it is taken holds it for that moment."""
    for pause in (0.05, 0.0):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(pause)
        else:
            return True
    return False


@contextlib.contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        remedy = "Free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "Mend that"
        raise DiskError(
            f"{path}: cannot be written: {error.strerror}. {remedy}, then run again with --resume --run-dir; finished "
            "trials are kept."
        ) from error
