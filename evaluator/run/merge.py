"""Several run folders made one: the shards of a CI matrix, or a run and what was added to it later."""

from __future__ import annotations

import filecmp
import hashlib
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evaluator.run.folder import DiskError, RunError, RunFolder, RunInfo, TaskRef, read_info, read_result, read_results
from evaluator.run.rescore import rescore_open
from evaluator.run.results.mixing import Source, conflicts
from evaluator.run.results.summary import summarise


def merge(runs: Sequence[Path], into: Path) -> dict[str, Any]:
    """Write the trials of all runs to a new folder, which appears whole; its summary. The runs are only read.

    A trial that several runs hold is kept once: the completed one where the others are infrastructure errors. Raises
    `RunError` when the runs were not asked alike, or completed the same trial differently.
    """
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise RunError(f"{into} is not empty. Choose another --run-dir; the merged run is written to a new folder.")
    infos = [read_info(run) for run in runs]
    _check_alike(runs, infos)
    trials = _chosen(runs)
    partial = into.with_name(f".{into.name}.partial-{secrets.token_hex(3)}")
    try:
        for name, trial in sorted(trials.items()):
            shutil.copytree(trial, partial / "trials" / name, symlinks=True)
        for run in reversed(runs):  # what runs keep of their tasks bears the digest in its name; the first run's stays
            if (run / "tasks").is_dir():
                shutil.copytree(run / "tasks", partial / "tasks", dirs_exist_ok=True)
        with RunFolder(partial) as folder:
            folder.write_info(merged_info(infos))
            results = read_results(partial)
            # What arms say of the trials that count is known only where all of them are.
            summary = rescore_open(folder).summary if any(one.arm for one in results) else summarise(results)
            folder.write_summary(summary)
        if into.exists():
            into.rmdir()
        partial.rename(into)
    except OSError as error:
        raise DiskError(f"{into}: cannot be written: {error.strerror or error}. Nothing was left there.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return summary


def _check_alike(runs: Sequence[Path], infos: Sequence[RunInfo]) -> None:
    first, *others = zip(runs, infos, strict=True)
    for run, info in others:
        for what, was, here in _plan_facts(first[1], info):
            if was != here:
                raise RunError(f"Different {what}: {was} in {first[0]}, {here} in {run}. Such runs are not one run.")
    tasks: dict[str, tuple[TaskRef, Path]] = {}
    for run, info in zip(runs, infos, strict=True):
        for task in info.tasks:
            known, where = tasks.setdefault(task.id, (task, run))
            if (known.version, known.digest) != (task.version, task.digest):
                raise RunError(
                    f"Different task {task.id}: version {known.version} ({known.digest[:12]}) in {where}, version "
                    f"{task.version} ({task.digest[:12]}) in {run}. Such trials would not compare."
                )
    differs = conflicts([Source(str(run), info, read_results(run)) for run, info in zip(runs, infos, strict=True)])
    if differs:
        raise RunError(f"{' '.join(differs)} Such runs are not one run.")


def _plan_facts(first: RunInfo, other: RunInfo) -> list[tuple[str, str, str]]:
    """What both were asked, and by which versions. Python's own is the machine's affair: it decides no score."""
    own = {"id", "created", "agents", "tasks", "attempts", "model", "models", "shard", "versions", "machine"}
    asked = [field for field in RunInfo.model_fields if field not in own]
    agents = [agent for agent in first.agents if agent in other.agents]
    versions = sorted((first.versions.keys() & other.versions.keys()) - {"python"})
    return [
        *((field.replace("_", " "), str(getattr(first, field)), str(getattr(other, field))) for field in asked),
        *((f"model of {agent}", str(first.model_of(agent)), str(other.model_of(agent))) for agent in agents),
        *((f"version of {name}", first.versions[name], other.versions[name]) for name in versions),
    ]


def _chosen(runs: Sequence[Path]) -> dict[str, Path]:
    """Each trial's name and the folder to take it from."""
    chosen: dict[str, Path] = {}
    for run in runs:
        for file in sorted((run / "trials").glob("[!.]*/result.json")):
            folder = file.parent
            known = chosen.setdefault(folder.name, folder)
            if known != folder and (keep := _better(known, folder)) != known:
                chosen[folder.name] = keep
    return chosen


def _better(known: Path, other: Path) -> Path:
    both = (read_result(trial.parents[1], trial.name) for trial in (known, other))
    broken, also_broken = (result.outcome != "completed" for result in both)
    if broken or also_broken:
        return other if broken and not also_broken else known
    if not _same(known, other):
        raise RunError(
            f"Two different trials have one name: {known} and {other}. Leave one of the runs out, or remove the trial "
            "that does not count."
        )
    return known


def _same(one: Path, other: Path) -> bool:
    """Whether two folders hold the same files with the same bytes."""
    names = [sorted(str(file.relative_to(root)) for file in root.rglob("*")) for root in (one, other)]
    if names[0] != names[1]:
        return False
    files = [name for name in names[0] if (one / name).is_file()]
    _, differing, unread = filecmp.cmpfiles(one, other, files, shallow=False)
    return not differing and not unread


def merged_info(infos: Sequence[RunInfo]) -> RunInfo:
    """What all runs asked together. The same runs, in whatever order, merge to the same id."""
    tasks = {task.id: task for info in infos for task in info.tasks}
    ids = sorted({info.id for info in infos})
    models = {agent: model for info in infos for agent in info.agents if (model := info.model_of(agent))}
    every = set(models.values())
    return infos[0].model_copy(
        update={
            "id": f"merged-{hashlib.sha256(' '.join(ids).encode()).hexdigest()[:12]}",
            "created": min(info.created for info in infos),
            "agents": tuple(sorted({agent for info in infos for agent in info.agents})),
            "tasks": tuple(tasks[task] for task in sorted(tasks)),
            "attempts": max(info.attempts for info in infos),
            "model": every.pop() if len(every) == 1 else None,
            "models": dict(sorted(models.items())),
            "shard": None,
            "versions": _joined([info.versions for info in infos]),
            "machine": _joined([info.machine for info in infos]),
        }
    )


def _joined(tables: Sequence[dict[str, str]]) -> dict[str, str]:
    """The tables as one; where values differ, all of them."""
    keys = dict.fromkeys(key for table in tables for key in table)
    return {key: " | ".join(sorted({table[key] for table in tables if key in table})) for key in keys}
