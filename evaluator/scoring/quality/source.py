"""Which files of a tree are read as work: not tests, documents, lock files or what is too large to be hand-written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from harness.sandbox.tree import File

FILE_CAP = 512 << 10  # bytes
TREE_CAP = 8 << 20
_DOCUMENTS = (".md", ".rst", ".txt", ".adoc", "LICENSE", "CHANGELOG", "CODEOWNERS")
_LOCKS = (
    "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "poetry.lock", "uv.lock", "Cargo.lock", "go.sum",
    "Gemfile.lock", "composer.lock", ".min.js", ".min.css", ".map",
)  # fmt: skip


def is_test(path: str, patterns: Sequence[str]) -> bool:
    """Whether a file is one of the tests, by the task's patterns."""
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def is_work(path: str, patterns: Sequence[str]) -> bool:
    """Whether a file's change is measured."""
    return not is_test(path, patterns) and not path.endswith(_DOCUMENTS) and not path.endswith(_LOCKS)


def texts(tree: Mapping[str, File], patterns: Sequence[str]) -> dict[str, str]:
    """Work and tests of a tree as text. Files that are no text (or hold a NUL) are left out; see `oversized`."""
    found = {}
    for path, file in sorted(tree.items()):
        wanted = is_work(path, patterns) or is_test(path, patterns)
        if wanted and len(file.data) <= FILE_CAP and b"\0" not in file.data:
            found[path] = file.data.decode(errors="replace")
    return found


def oversized(start: Mapping[str, File], end: Mapping[str, File], patterns: Sequence[str]) -> str:
    """Why what was changed is too much to be read, "" when it is not."""
    changed = [path for path in end if is_work(path, patterns) and start.get(path) != end[path]]
    large = [path for path in changed if len(end[path].data) > FILE_CAP]
    if large:
        return f"{len(large)} changed files of more than {FILE_CAP >> 10} KiB"
    if sum(len(end[path].data) for path in changed) > TREE_CAP:
        return f"changed files of more than {TREE_CAP >> 20} MiB together"
    return ""
