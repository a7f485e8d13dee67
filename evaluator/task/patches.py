"""A task's patches applied to a task's trees. Both are ours; what comes out of a box is never handled here."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import git

from evaluator.task.model import TaskError
from harness.sandbox.tree import File, Tree

_ENV = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CEILING_DIRECTORIES": tempfile.gettempdir()}


def patched(tree: Tree, patch: bytes, name: str) -> Tree:
    """`tree` with `patch` applied; an empty one changes nothing. Raises `TaskError` naming one that does not fit."""
    if not patch.strip():
        return tree
    with tempfile.TemporaryDirectory(prefix="relaybench-patch-") as folder:
        root = Path(folder)
        _write(tree, root)
        with tempfile.TemporaryFile() as text:
            text.write(patch)
            text.seek(0)
            try:
                git.Git(root).execute(["git", "apply", "--whitespace=nowarn", "-"], env=_ENV, istream=text)
            except git.GitCommandError as error:
                why = " ".join(str(error.stderr).replace("stderr:", "").split())
                raise TaskError(f"{name}: does not apply: {why}") from error
        return {
            path.relative_to(root).as_posix(): File(path.read_bytes(), bool(path.stat().st_mode & 0o100))
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }


def difference(before: Tree, after: Tree) -> bytes:
    """The patch that leads from one tree to the other."""
    with tempfile.TemporaryDirectory(prefix="relaybench-patch-") as folder:
        for name, tree in (("a", before), ("b", after)):
            (Path(folder) / name).mkdir()
            _write(tree, Path(folder) / name)
        command = [
            "git",
            "diff",
            "--no-index",
            "--no-color",
            "--no-ext-diff",
            "--src-prefix=",
            "--dst-prefix=",
            "a",
            "b",
        ]
        _, patch, _ = git.Git(folder).execute(
            command, env=_ENV, with_exceptions=False, with_extended_output=True, stdout_as_string=False,
            strip_newline_in_stdout=False,
        )  # fmt: skip
        return bytes(patch)


def _write(tree: Tree, root: Path) -> None:
    for path, file in tree.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.data)
        target.chmod(0o755 if file.executable else 0o644)
