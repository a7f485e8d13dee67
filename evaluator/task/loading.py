"""Reads a task's folder into a `Task`, or says what is wrong with it."""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from evaluator.task.model import (
    Constraints,
    Facts,
    Group,
    GroupEntry,
    Manifest,
    Rename,
    Round,
    RoundEntry,
    Task,
    TaskError,
)
from harness.formats import FormatError, read_text, read_toml
from harness.sandbox.tree import File

M = TypeVar("M", bound=BaseModel)

_PARTS = {
    "README.md", "base", "conftest.py", "constraints", "constraints.toml", "environment", "facts.toml", "mutants",
    "rename.toml", "repo", "rounds", "task.toml",
}  # fmt: skip
_ROUND_PARTS = {"clear.md", "complaints.toml", "impossible.md", "report.md", "solution.patch", "tests", "wrong"}
LITTER = {"__pycache__", ".pytest_cache", ".ruff_cache", ".DS_Store"}


def find_tasks(root: Path) -> list[Path]:
    """The task folders below `root`, by name."""
    return sorted(file.parent for file in root.glob("*/task.toml")) if root.is_dir() else []


def load_task(folder: Path) -> Task:
    """The task in `folder`. Raises `TaskError` that names file, key, what was found and what is allowed."""
    try:
        return _load(folder.resolve())
    except FormatError as error:
        raise TaskError(str(error)) from error


def _load(folder: Path) -> Task:
    manifest = read_toml(folder / "task.toml", Manifest)
    if manifest.id != folder.name:
        raise TaskError(f"{folder / 'task.toml'}: `id`: found {manifest.id!r}; the folder is called {folder.name!r}")
    _no_strays(folder, _PARTS, "a task")
    base = _groups(folder / "base", "base", 0, manifest.base.groups, folder / "task.toml")
    constraints = _optional(folder / "constraints.toml", Constraints, Constraints()).constraint
    for constraint in constraints:
        if not (folder / "constraints" / constraint.probe).is_file():
            raise TaskError(f"{folder / 'constraints.toml'}: `probe`: no file constraints/{constraint.probe}")
    _no_strays(folder / "rounds", {f"{n}-{entry.kind}" for n, entry in manifest.rounds.items()}, "task.toml's rounds")
    rounds = tuple(_round(folder, number, manifest.rounds[number]) for number in sorted(manifest.rounds))
    task = Task(
        folder=folder,
        manifest=manifest,
        seed=dict(_seed(folder / "repo")),
        requirements=_requirements(folder / "environment" / "requirements.txt", manifest.language),
        conftest=read_text(folder / "conftest.py") if (folder / "conftest.py").exists() else "",
        base=base,
        constraints=constraints,
        probes=_groups(folder / "constraints", "constraint", 0, {}, folder / "task.toml") if constraints else (),
        facts=_optional(folder / "facts.toml", Facts, Facts()).fact,
        rounds=rounds,
        mutants=_patches(folder / "mutants"),
        rename=_optional(folder / "rename.toml", Rename, Rename()).words,
        digest=_digest(folder),
    )
    _check_references(task)
    return task


def _round(folder: Path, number: int, entry: RoundEntry) -> Round:
    home = folder / "rounds" / f"{number}-{entry.kind}"
    if not home.is_dir():
        raise TaskError(f"{home}: missing; round {number} is of kind {entry.kind!r} in task.toml")
    solutions = sorted(home.glob("solution*.patch"), key=_shape)
    if not solutions or [_shape(path) for path in solutions] != list(range(1, len(solutions) + 1)):
        raise TaskError(f"{home}: solution.patch is needed, further shapes are solution-2.patch, solution-3.patch, ...")
    _no_strays(home, _ROUND_PARTS | {path.name for path in solutions}, "a round")
    return Round(
        number=number,
        kind=entry.kind,
        entry=entry,
        report=read_text(home / "report.md"),
        clear=read_text(home / "clear.md"),
        complaints=_complaints(home / "complaints.toml"),
        groups=_groups(home / "tests", f"{number}-{entry.kind}", number, entry.groups, folder / "task.toml"),
        solutions=tuple(path.read_bytes() for path in solutions),
        wrong=_patches(home / "wrong"),
        impossible=read_text(home / "impossible.md") if (home / "impossible.md").exists() else "",
    )


def _groups(
    folder: Path, section: str, number: int, entries: Mapping[str, GroupEntry], manifest: Path
) -> tuple[Group, ...]:
    files = sorted(folder.glob("test_*.py"))
    if not files:
        raise TaskError(f"{folder}: no test_*.py; a round needs at least one group of hidden tests")
    names = {path.stem.removeprefix("test_"): path for path in files}
    for name in entries:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean `{near[0]}`? " if near else ""
            raise TaskError(
                f"{manifest}: group `{name}`: no {folder.name}/test_{name}.py; {hint}known: {', '.join(names)}"
            )
    default = GroupEntry()
    return tuple(
        Group(
            id=f"{section}/{name}",
            round=number,
            path=f"{section}/{path.name}",
            text=read_text(path),
            weight=entries.get(name, default).weight,
            critical=entries.get(name, default).critical,
        )
        for name, path in names.items()
    )


def _no_strays(folder: Path, parts: set[str], whole: str) -> None:
    """A misspelt name would silently be no part of the task."""
    for entry in sorted(folder.iterdir()) if folder.is_dir() else []:
        if entry.name not in parts | LITTER:
            near = difflib.get_close_matches(entry.name, parts, n=1)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            raise TaskError(f"{entry}: not part of {whole}{hint} (known: {', '.join(sorted(parts))})")


def _seed(repo: Path) -> Iterator[tuple[str, File]]:
    if not repo.is_dir():
        raise TaskError(f"{repo}: missing; it holds what the agent gets")
    for path in sorted(repo.rglob("*")):
        if path.is_symlink():
            raise TaskError(f"{path}: a seed holds plain files, no links")
        if path.is_file() and not LITTER.intersection(path.relative_to(repo).parts):
            yield path.relative_to(repo).as_posix(), File(path.read_bytes(), bool(path.stat().st_mode & 0o100))


def _requirements(path: Path, language: str) -> tuple[str, ...]:
    if not path.exists():
        return ()
    if language != "python":
        raise TaskError(f"{path}: only tasks in Python have packages; this one's language is {language}")
    lines = (line.partition("#")[0].strip() for line in read_text(path).splitlines())
    return tuple(sorted(line for line in lines if line))


def _complaints(path: Path) -> Mapping[str, str]:
    try:
        complaints = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise TaskError(f"{path}: not valid TOML: {error}") from error
    wrong = [key for key, text in complaints.items() if not isinstance(text, str)]
    if wrong or "default" not in complaints:
        raise TaskError(f"{path}: `{wrong[0] if wrong else 'default'}`: one text for each group, and a `default`")
    return complaints


def _patches(folder: Path) -> Mapping[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.patch"))}


def _check_references(task: Task) -> None:
    """Names in one file that must exist in another."""
    groups = {group.id for group in (*task.base, *(g for r in task.rounds for g in r.groups))}
    for round_ in task.rounds:
        earlier = {group.id for group in (*task.base, *(g for r in task.rounds[: round_.number - 1] for g in r.groups))}
        for name in round_.entry.retires:
            _known(name, earlier, task.folder / "task.toml", f"rounds.{round_.number}.retires")
        own = {group.name for group in round_.groups} | groups | {"default"}
        for name in round_.complaints:
            _known(name, own, task.folder / "rounds" / round_.slug / "complaints.toml", name)
    ids = [fact.id for fact in task.facts]
    for fact in task.facts:
        if ids.count(fact.id) > 1:
            raise TaskError(f"{task.folder / 'facts.toml'}: `id`: {fact.id!r} names more than one fact")
        for number in fact.rounds:
            if not 1 <= number <= len(task.rounds):
                raise TaskError(f"{task.folder / 'facts.toml'}: fact `{fact.id}`: there is no round {number}")


def _known(name: str, names: set[str], file: Path, key: str) -> None:
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        raise TaskError(
            f"{file}: `{key}`: there is no group `{name}`"
            + (f"; did you mean `{near[0]}`?" if near else "")
            + f" (known: {', '.join(sorted(names - {'default'}))})"
        )


def _shape(path: Path) -> int:
    suffix = path.stem.removeprefix("solution")
    if not suffix:
        return 1
    return int(suffix[1:]) if suffix[1:].isdigit() and suffix[0] == "-" else 0


def _optional(path: Path, model: type[M], default: M) -> M:
    return read_toml(path, model) if path.exists() else default


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not LITTER.intersection(name.parts):
            mode = "x" if path.stat().st_mode & 0o100 else "-"
            total.update(f"{name.as_posix()}\0{mode}{path.stat().st_size}\0".encode())
            total.update(path.read_bytes())
    return total.hexdigest()
