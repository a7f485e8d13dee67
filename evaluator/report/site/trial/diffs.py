"""A round's change, file by file and line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchSet

MOST_LINES = 20_000  # of one page; of a larger change the rest is in diff.patch
# What the script colours, by a file's ending. (Pygments would take half a second a trial, which is minutes a run.)
LANGUAGES = {
    ".py": "python", ".pyi": "python", ".js": "js", ".mjs": "js", ".cjs": "js", ".jsx": "js", ".ts": "js", ".tsx": "js",
    ".go": "go", ".rs": "rust", ".java": "java", ".c": "c", ".h": "c", ".cpp": "c", ".rb": "ruby", ".php": "php",
    ".sh": "shell", ".sql": "sql", ".toml": "toml", ".yaml": "toml", ".yml": "toml", ".ini": "toml", ".json": "js",
    ".css": "c", ".md": "",
}  # fmt: skip


class Line(NamedTuple):
    """One line: its number before and after, "+", "-" or " "."""

    old: int | None
    new: int | None
    kind: str
    text: str


@dataclass(frozen=True)
class Hunk:
    """Lines that stand together; `place` is the function or heading around them."""

    place: str
    old: int
    new: int
    lines: Sequence[Line]


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
    """A whole change. `raw` is the patch where it could not be read as one, `left_out` how many lines are not shown."""

    files: Sequence[FileDiff]
    raw: str = ""
    left_out: int = 0

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
        parsed = PatchSet(text)
    except (UnidiffParseError, ValueError, IndexError):
        return Diff([], raw=text)
    files, room, left_out = [], MOST_LINES, 0
    for file in parsed:
        hunks = []
        for hunk in file:
            lines = [
                Line(line.source_line_no, line.target_line_no, line.line_type, line.value.removesuffix("\n"))
                for line in hunk
                if line.line_type in "+- "
            ]
            left_out += max(0, len(lines) - room)
            if room:
                hunks.append(Hunk(hunk.section_header, hunk.source_start, hunk.target_start, lines[:room]))
            room = max(0, room - len(lines))
        how = "added" if file.is_added_file else "deleted" if file.is_removed_file else "changed"
        how = "binary" if file.is_binary_file else how
        language = LANGUAGES.get(PurePosixPath(file.path).suffix, "")
        files.append(FileDiff(file.path, how, file.added, file.removed, hunks, language))
    return Diff(files, left_out=left_out)
