"""A round's change, file by file and line by line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from evaluator.report.site.page import LONGEST_LINE, MOST_GROWTH, weight

MOST = 2_500_000  # characters of one page, markup and all; of a larger change the rest is in diff.patch
ROW, FILE = 75, 400  # characters around a line, around a file
# What the script colours, by a file's ending. (Pygments would take half a second a trial, which is minutes a run.)
LANGUAGES = {
    ".py": "python", ".pyi": "python", ".js": "js", ".mjs": "js", ".cjs": "js", ".jsx": "js", ".ts": "js", ".tsx": "js",
    ".go": "go", ".rs": "rust", ".java": "java", ".c": "c", ".h": "c", ".cpp": "c", ".rb": "ruby", ".php": "php",
    ".sh": "shell", ".sql": "sql", ".toml": "toml", ".yaml": "toml", ".yml": "toml", ".ini": "toml", ".json": "js",
    ".css": "c",
}  # fmt: skip
_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?(.*)", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{3}|.)")
_LETTERS = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}


@dataclass(frozen=True)
class Hunk:
    """Lines that stand together, each behind its "+", "-", " ", or "\\" for git's remark on a missing line end.

    `place` is the function or heading around them; `old` and `new` are the numbers of the first line.
    """

    place: str
    old: int
    new: int
    lines: Sequence[str]


@dataclass(frozen=True)
class FileDiff:
    """One file. `how` is "added", "deleted", "changed" or "binary"."""

    path: str
    how: str
    added: int
    removed: int
    hunks: Sequence[Hunk]
    language: str


@dataclass(frozen=True)
class Diff:
    """A whole change. `shown` are the files that a page has room for, `left_out` the lines that it has none for; `raw`
    is the patch where it could not be read as one.
    """

    files: Sequence[FileDiff]
    shown: int = 0
    left_out: int = 0
    raw: str = ""

    @property
    def added(self) -> int:
        """Lines."""
        return sum(file.added for file in self.files)

    @property
    def removed(self) -> int:
        """Lines."""
        return sum(file.removed for file in self.files)


def read_diff(patch: bytes) -> Diff:
    """A patch of our own git's making, over content that is not ours.

    Lines are counted off, as the heads of hunks say, so that no content is taken for a head. (A library that does the
    same took a third of a whole report's time.)
    """
    text = patch.decode(errors="replace")
    try:
        return _fitted(_files(text.removesuffix("\n").split("\n")) if text else [], text)
    except (ValueError, IndexError):
        return Diff([], raw=text)


def _files(lines: list[str]) -> list[FileDiff]:
    """All files. Raises `ValueError` or `IndexError` where the lines are no patch."""
    found, at = [], 0
    while at < len(lines):
        path, how, hunks = _path_twice(_after("diff --git ", lines[at])), "changed", []
        at += 1
        while at < len(lines) and not lines[at].startswith("diff --git "):
            line = lines[at]
            if line.startswith("@@ "):
                hunk, at = _hunk(lines, at)
                hunks.append(hunk)
                continue
            if line.startswith("new file"):
                how = "added"
            elif line.startswith("deleted file"):
                how = "deleted"
            elif line == "GIT binary patch" or line.startswith("Binary files "):
                how = "binary"
            at += 1
        signs = [line[:1] for hunk in hunks for line in hunk.lines]
        language = LANGUAGES.get(path[path.rfind(".") :], "")
        found.append(FileDiff(path, how, signs.count("+"), signs.count("-"), hunks, language))
    return found


def _hunk(lines: list[str], at: int) -> tuple[Hunk, int]:
    """The hunk whose head is line `at`, and where it ends."""
    head = _HUNK.fullmatch(lines[at])
    if head is None:
        raise ValueError(lines[at])
    old, new = int(head[2] or 1), int(head[4] or 1)
    first = at = at + 1
    while old or new:
        sign = lines[at][:1]
        if sign not in ("+", "-", " ", "\\"):
            raise ValueError(lines[at])
        old -= sign in ("-", " ")
        new -= sign in ("+", " ")
        at += 1
        if old < 0 or new < 0:
            raise ValueError(lines[first - 1])
    while at < len(lines) and lines[at].startswith("\\"):
        at += 1
    return Hunk(head[5], int(head[1]), int(head[3]), lines[first:at]), at


def _after(prefix: str, line: str) -> str:
    if not line.startswith(prefix):
        raise ValueError(line)
    return line[len(prefix) :]


def _path_twice(names: str) -> str:
    """The path in `a/PATH b/PATH`, which git quotes where it holds anything odd."""
    name = names[: len(names) // 2]
    if names != f"{name} {name.replace('a/', 'b/', 1)}":
        raise ValueError(names)
    if name.startswith('"'):
        name = _ESCAPED.sub(_unescaped, name[1:-1].encode()).decode(errors="replace")
    return _after("a/", name)


def _unescaped(found: re.Match[bytes]) -> bytes:
    what = found[1]
    return bytes([int(what, 8) & 255]) if len(what) == 3 else _LETTERS.get(what, what)


def _fitted(files: list[FileDiff], patch: str) -> Diff:
    """As much as a page has room for: most often all."""
    if MOST_GROWTH * len(patch) + ROW * patch.count("\n") + FILE * sum(2 + len(file.hunks) for file in files) < MOST:
        return Diff(files, len(files))
    room, shown, left_out, fitted = MOST, 0, 0, []
    for file in files:
        shown += room > 0
        hunks = []
        for hunk in file.hunks:
            lines = []
            for line in hunk.lines:
                room -= ROW + weight(line[:LONGEST_LINE])
                if room < 0:
                    break
                lines.append(line)
            left_out += len(hunk.lines) - len(lines)
            if lines:
                hunks.append(replace(hunk, lines=lines))
            room -= FILE + weight(file.path[:LONGEST_LINE])
        fitted.append(replace(file, hunks=hunks))
        room -= FILE + weight(file.path[:LONGEST_LINE])
    return Diff(fitted, shown, left_out)
