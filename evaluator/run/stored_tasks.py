"""The tasks of a run, kept in its folder: a score can be computed again when the task has long moved on.

tasks/<id>-<digest>.tar.gz    the task's folder, the same bytes for the same task
tasks/<id>-<digest>.json      what its solutions measure, so that it need not be measured for every rescoring
"""

from __future__ import annotations

import gzip
import io
import tarfile
import tempfile
import zlib
from pathlib import Path

from pydantic import ValidationError

from evaluator.evidence import MEASURES_VERSION, Measures
from evaluator.run.folder import RunError, RunInfo, TaskRef, write_whole
from evaluator.scoring.quality.reference import Reference, known_reference, remember
from evaluator.task import Task, TaskError, find_tasks, load_task
from evaluator.task.loading import LITTER
from evaluator.task.variants import varied
from harness.formats import Strict


class ReferenceFile(Strict):
    """What a task's solutions measure; good as long as measuring is of this version."""

    version: int
    paths: tuple[str, ...]
    measures: tuple[tuple[Measures, ...], ...]


def store_task(run: Path, task: Task) -> None:
    """Keep a task in a run's folder."""
    target = _place(run, task.id, task.digest, "tar.gz")
    if not target.exists():
        target.parent.mkdir(exist_ok=True)
        write_whole(target, _packed(task.folder))


def store_reference(run: Path, task: Task) -> None:
    """Keep what its solutions measure."""
    found = known_reference(task)
    if found is not None:
        stored = ReferenceFile(version=MEASURES_VERSION, paths=found.paths, measures=found.measures)
        text = stored.model_dump_json(indent=1).encode() + b"\n"
        target = _place(run, task.id, task.digest, "json")
        if not target.exists() or target.read_bytes() != text:
            target.parent.mkdir(exist_ok=True)
            write_whole(target, text)


def stored_tasks(run: Path, info: RunInfo) -> dict[str, Task]:
    """The tasks of a run by digest, read from its folder. Raises `RunError` when one is not there."""
    return {ref.digest: stored_task(run, ref) for ref in info.tasks}


def stored_task(run: Path, ref: TaskRef) -> Task:
    """A task of a run as it was asked, read from its folder. Raises `RunError` when it is not there."""
    packed = _place(run, ref.id, ref.digest, "tar.gz")
    task = _unpacked(packed, ref) if packed.exists() else _elsewhere(run, ref)
    _recall(_place(run, ref.id, ref.digest, "json"), task)
    return task


def _recall(path: Path, task: Task) -> None:
    try:
        stored = ReferenceFile.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):  # not there, or of another version: it is measured again
        return
    if stored.version == MEASURES_VERSION:
        remember(task, Reference(stored.paths, stored.measures))


def _unpacked(packed: Path, ref: TaskRef) -> Task:
    with tempfile.TemporaryDirectory(prefix="relaybench-task-") as folder:
        try:
            with tarfile.open(packed) as tar:
                tar.extractall(folder, filter="data")
            task = _of(ref, Path(folder))
        except (OSError, EOFError, zlib.error, tarfile.TarError, TaskError) as error:
            raise RunError(f"{packed}: cannot be read: {error}") from error
    if task.digest != ref.digest:
        raise RunError(f"{packed}: is not the task that was asked (digest {task.digest[:12]}, not {ref.digest[:12]}).")
    return task


def _of(ref: TaskRef, folder: Path) -> Task:
    task = load_task(folder / ref.folder)
    variant = ref.id.removeprefix(ref.folder).removeprefix(".")
    return varied(task, variant) if variant else task


def _elsewhere(run: Path, ref: TaskRef) -> Task:
    """Runs of version 1 kept no copy: the task must still be what it was."""
    for folder in find_tasks(Path("task_repos")):
        if folder.name == ref.folder and (task := _of(ref, folder.parent)).digest == ref.digest:
            return task
    raise RunError(
        f"{run} holds no copy of task {ref.id}, and ./task_repos has no task of that name with digest "
        f"{ref.digest[:12]}. Check out the relaybench that the run was made with."
    )


def _place(run: Path, task: str, digest: str, suffix: str) -> Path:
    return run / "tasks" / f"{task}-{digest[:12]}.{suffix}"


def _packed(folder: Path) -> bytes:
    """The folder as a tar archive without times and owners, compressed without a time."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0, filename="") as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if path.is_file() and not LITTER.intersection(name.parts):
                member = tarfile.TarInfo(f"{folder.name}/{name.as_posix()}")
                member.size = path.stat().st_size
                member.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
                tar.addfile(member, io.BytesIO(path.read_bytes()))
    return buffer.getvalue()
