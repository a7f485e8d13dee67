"""A round's change, file by file and line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import unidiff.patch
from unidiff.constants import DEV_NULL
from unidiff.errors import UnidiffParseError

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
    """A patch of our own git's making, over content that is not ours."""
    text = patch.decode(errors="replace")
    try:
        # Lines are taken from the text: an object for each is a sixth of a report's time.
        found = unidiff.patch.PatchSet(text, metadata_only=True)
    except (UnidiffParseError, ValueError):
        found = None
    if not found and text:
        return Diff([], raw=text)
    lines = text.split("\n")
    return _fitted([_file(file, lines) for file in found or ()], text)


def _file(file: unidiff.patch.PatchedFile, lines: list[str]) -> FileDiff:
    # What git says, not what hunks look like: an empty file that got its first line is no new one.
    added, deleted = file.source_file == DEV_NULL, file.target_file == DEV_NULL
    how = "binary" if file.is_binary_file else "added" if added else "deleted" if deleted else "changed"
    path = _unquoted(file.path)
    language = LANGUAGES.get(path[path.rfind(".") :], "")
    return FileDiff(path, how, file.added, file.removed, list(_hunks(file, lines)), language)


def _hunks(file: unidiff.patch.PatchedFile, lines: list[str]) -> Iterator[Hunk]:
    at = file.diff_line_no or 0  # counted from 1: the line behind the file's head
    for hunk in file:
        while not lines[at].startswith("@@ "):
            at += 1
        first, at = at + 1, at + 1 + hunk.source_length + hunk.added
        at += sum(line.startswith("\\") for line in lines[first : at + 2])  # uncounted: a remark on each side's end
        yield Hunk(hunk.section_header, hunk.source_start, hunk.target_start, lines[first:at])


def _unquoted(path: str) -> str:
    """The path that git quotes where it holds anything odd."""
    if not path.startswith('"'):
        return path
    return _ESCAPED.sub(_unescaped, path[1:-1].encode()).decode(errors="replace")


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
